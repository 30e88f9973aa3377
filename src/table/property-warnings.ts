import { unheededProperties } from '../metadata/property-rules.ts'
import type { TableServices } from './table-state.ts'

/** Tells which properties, about to be taken on or written by, ask for what this library does in its own way. */
export function warnOfUnheeded(
  { onEvent }: TableServices,
  table: string,
  properties: ReadonlyMap<string, string>,
): void {
  const names = unheededProperties(properties).map(({ name }) => name)
  if (names.length === 0) return
  onEvent({
    kind: 'warning',
    message: 'table properties are not heeded',
    context: { table, properties: names.join(', ') },
  })
}
