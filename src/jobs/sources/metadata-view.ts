// Inputs that are what a table tells of itself, as tables of their own: the columns that other engines show, with their types.
import { IcebergError } from '../../base/errors.ts'
import { batchesFromRows } from '../../formats/arrow/from-rows.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { Facts } from '../../scan/facts/facts.ts'
import { metadataFacts } from '../../scan/facts/metadata-facts.ts'
import type { FactSource } from '../../scan/facts/metadata-facts.ts'
import { isOfSnapshot } from '../../scan/facts/metadata-table-names.ts'
import type { MetadataTableName } from '../../scan/facts/metadata-table-names.ts'
import { selectSnapshot } from '../../scan/selector.ts'
import type { SnapshotSelector } from '../../scan/selector.ts'
import type { Schema } from '../../types/schema.ts'
import type { MetadataTableAddress } from '../address.ts'
import type { JobTable, Lake } from '../lake.ts'
import type { Input } from '../workflow/model.ts'
import type { InputOptions, InputView } from './input-view.ts'
import { inputFromFacts } from './input-from-facts.ts'
import {
  allManifestsSchema,
  entriesSchema,
  filesSchema,
  historySchema,
  manifestsSchema,
  metadataLogSchema,
  partitionsSchema,
  positionDeletesSchema,
  refsSchema,
  snapshotsSchema,
} from './metadata-schemas.ts'
import { partitionStruct } from './partition-struct.ts'
import { checkRef } from './table-view.ts'

const SCHEMAS: Readonly<Record<MetadataTableName, (metadata: TableMetadata) => Schema>> = {
  snapshots: () => snapshotsSchema,
  history: () => historySchema,
  refs: () => refsSchema,
  metadata_log_entries: () => metadataLogSchema,
  manifests: () => manifestsSchema,
  all_manifests: () => allManifestsSchema,
  partitions: partitionsSchema,
  entries: entriesSchema,
  all_entries: entriesSchema,
  files: filesSchema,
  data_files: filesSchema,
  delete_files: filesSchema,
  all_files: filesSchema,
  all_data_files: filesSchema,
  all_delete_files: filesSchema,
  position_deletes: positionDeletesSchema,
}

/**
 * What a table tells of itself now, or of the snapshot that the file selects.
 *
 * @throws IcebergError `invalid` for a selection that the table of that name does not know
 */
export async function openMetadataTable(
  { table: address, name }: MetadataTableAddress,
  { selection }: Pick<Input, 'selection'>,
  { lake, signal, version }: InputOptions & { readonly lake: Lake },
): Promise<InputView> {
  const table = await lake.loadTable(address)
  const full = `${table.name}.${name}`
  const selector = selectorOf(table, selection, version ?? undefined)
  if (selection !== null && !isOfSnapshot(name)) {
    throw new IcebergError('invalid', 'this is of the table, and of no snapshot of it', {
      context: { table: full },
    })
  }
  const snapshot = version === null ? null : selectSnapshot(table.metadata, selector).snapshot
  const schema = SCHEMAS[name](table.metadata)
  const request = signal === undefined ? {} : { signal }
  const source = { state: table.state, snapshot, options: request }
  return {
    kind: 'view',
    schema,
    batches: {
      [Symbol.asyncIterator]: () =>
        batchesFromRows(schema, typedRows(schema, sharedFacts(name, source))),
    },
    report: { kind: 'metadata', table: full, snapshotId: snapshot?.snapshotId ?? null },
    table,
    pin: isOfSnapshot(name) ? (snapshot?.snapshotId ?? null) : null,
  }
}

function selectorOf(
  table: JobTable,
  selection: Input['selection'],
  snapshotId: bigint | undefined,
): SnapshotSelector {
  if (snapshotId !== undefined) return { kind: 'snapshot', snapshotId }
  switch (selection?.kind) {
    case undefined:
      return { kind: 'current' }
    case 'snapshot':
      return selection
    case 'time':
      return { kind: 'as-of', timestampMs: Number(selection.timestampMs) }
    case 'ref':
      checkRef(table, selection)
      return { kind: 'ref', name: selection.name }
    default:
      throw new IcebergError('invalid', 'what a table tells of itself is of one snapshot', {
        context: { table: table.name },
      })
  }
}

async function* typedRows(
  schema: Schema,
  facts: AsyncIterable<Facts> | Iterable<Facts>,
): AsyncGenerator<object> {
  const convert = inputFromFacts(schema)
  for await (const each of facts) yield convert(each)
}

/** Partitions by the names that the fields of all specs have together. */
async function* sharedFacts(name: MetadataTableName, source: FactSource): AsyncGenerator<Facts> {
  const { valuesOf } = partitionStruct(source.state.metadata)
  const shared = ({ partition, spec_id: specId, ...rest }: Facts): Facts => ({
    ...rest,
    spec_id: specId,
    partition: valuesOf(Number(specId), partition),
  })
  for await (const facts of metadataFacts(name, source) as AsyncIterable<Facts>) {
    if ('partition' in facts) yield shared(facts)
    else if ('data_file' in facts)
      yield { ...facts, data_file: shared(facts['data_file'] as Facts) }
    else yield facts
  }
}
