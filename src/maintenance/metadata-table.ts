import { IcebergError } from '../base/errors.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { metadataFacts } from '../scan/facts/metadata-facts.ts'
import type { MetadataRows } from '../scan/facts/metadata-facts.ts'
import { METADATA_TABLES, isOfSnapshot } from '../scan/facts/metadata-table-names.ts'
import type { MetadataTableName } from '../scan/facts/metadata-table-names.ts'
import { plainFact } from '../scan/facts/values.ts'
import { selectSnapshot, timeToMs } from '../scan/selector.ts'
import type { SnapshotSelector } from '../scan/selector.ts'
import type { LiveTable } from '../table/table-state.ts'

/** Which snapshot a metadata table is of: the current one when none is named. */
export interface MetadataTableOptions {
  readonly snapshot?: bigint
  /** A branch or a tag. */
  readonly ref?: string
  /** ISO 8601 with an offset, or milliseconds since the epoch. */
  readonly asOf?: string | bigint
  readonly signal?: AbortSignal
}

const NAMES: OptionNames<MetadataTableOptions> = {
  snapshot: 'bigint',
  ref: 'text',
  asOf: true,
  signal: 'signal',
}

/**
 * What a table tells of itself, row by row, under the names that other engines have for it: `metadataTable(rides, 'files')`.
 *
 * Manifests are read as rows are taken, those of `all_...` once however many snapshots list them; a file that was carried
 * over from one manifest to another comes up for each. Of the version of the table that is in hand.
 *
 * @throws IcebergError `invalid` for a name and for options that there are not, when a snapshot is named for a table that is of all of them, or two are
 * @throws IcebergError `not-found` when there is no such snapshot
 */
export function metadataTable<Name extends MetadataTableName>(
  { state }: Pick<LiveTable, 'state'>,
  name: Name,
  options: MetadataTableOptions = {},
): AsyncIterable<MetadataRows[Name]> {
  checkChoice('name', name, METADATA_TABLES)
  checkOptions('metadataTable', options, NAMES)
  const { signal } = options
  const selector = selectorOf(options)
  if (selector.kind !== 'current' && !isOfSnapshot(name)) {
    throw new IcebergError('invalid', 'this is of the table, and of no snapshot of it', {
      context: { name },
    })
  }
  const { snapshot } = selectSnapshot(state.metadata, selector)
  const request = signal === undefined ? {} : { signal }
  return plainRows(metadataFacts(name, { state, snapshot, options: request }))
}

async function* plainRows<Row>(rows: AsyncIterable<Row> | Iterable<Row>): AsyncGenerator<Row> {
  // Only values of unknown type are spelled otherwise.
  for await (const row of rows) yield plainFact(row) as Row
}

function selectorOf({ snapshot, ref, asOf }: MetadataTableOptions): SnapshotSelector {
  const named = [snapshot, ref, asOf].filter((one) => one !== undefined)
  if (named.length > 1) {
    throw new IcebergError('invalid', 'a metadata table takes one of snapshot, asOf and ref')
  }
  if (snapshot !== undefined) return { kind: 'snapshot', snapshotId: snapshot }
  if (ref !== undefined) return { kind: 'ref', name: ref }
  return asOf === undefined ? { kind: 'current' } : { kind: 'as-of', timestampMs: timeToMs(asOf) }
}
