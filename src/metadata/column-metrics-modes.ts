// Which columns of a table have metrics, and how much of them:
//  1. the default of the table; without one, `truncate(16)` for the first hundred columns and nothing for the others;
//  2. columns that rows are sorted by have bounds at least, because bounds of sorted columns skip the most;
//  3. a column's own property has the last word.
import { preservesOrder } from '../layout/transform.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import { allFields, childFields } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field } from '../types/type.ts'
import { DEFAULT_METRICS_MODE } from './metrics-mode.ts'
import type { MetricsMode } from './metrics-mode.ts'
import {
  METRICS_DEFAULT,
  METRICS_MAX_INFERRED_COLUMNS,
  metricsOfColumn,
  readProperty,
} from './properties.ts'

export interface MetricsSettings {
  readonly properties: ReadonlyMap<string, string>
  readonly schema: Schema
  readonly sortOrder: SortOrder
}

/**
 * The mode of every primitive column at any depth, by field id.
 *
 * @throws IcebergError `invalid` when a property is malformed
 */
export function columnMetricsModes(settings: MetricsSettings): ReadonlyMap<number, MetricsMode> {
  const { properties, schema, sortOrder } = settings
  const inferred = inferredModes(settings)
  const sorted = new Set(
    sortOrder.fields.filter((key) => preservesOrder(key.transform)).map((key) => key.sourceId),
  )
  const modes = new Map<number, MetricsMode>()
  for (const { field, path } of allFields(schema)) {
    if (!isPrimitive(field.type)) continue
    const mode = inferred(field.id)
    const own = readProperty(properties, metricsOfColumn(path))
    modes.set(field.id, own ?? (sorted.has(field.id) ? withBounds(mode) : mode))
  }
  return modes
}

function inferredModes({ properties, schema }: MetricsSettings): (fieldId: number) => MetricsMode {
  const stated = readProperty(properties, METRICS_DEFAULT)
  if (stated !== null) return () => stated
  const limit = readProperty(properties, METRICS_MAX_INFERRED_COLUMNS)
  if (allFields(schema).length <= limit) return () => DEFAULT_METRICS_MODE
  const first = new Set(columnsInOrder(schema.fields).slice(0, limit))
  return (fieldId) => (first.has(fieldId) ? DEFAULT_METRICS_MODE : { kind: 'none' })
}

function withBounds(mode: MetricsMode): MetricsMode {
  return mode.kind === 'none' || mode.kind === 'counts' ? DEFAULT_METRICS_MODE : mode
}

/** Ids of primitive columns: those of a level before what is nested in it, so that a wide struct cannot use up the limit. */
function columnsInOrder(fields: readonly Field[]): number[] {
  const here = fields.filter((field) => isPrimitive(field.type)).map((field) => field.id)
  return [...here, ...fields.flatMap((field) => columnsInOrder(childFields(field.type)))]
}
