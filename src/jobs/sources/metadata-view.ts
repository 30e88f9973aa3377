// Inputs that are what a table tells of itself, as tables of their own: the columns that other engines show, with their types.
import { IcebergError } from '../../base/errors.ts'
import { batchesFromRows } from '../../formats/arrow/from-rows.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { Snapshot } from '../../metadata/snapshot.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { entryFacts, liveFileFacts } from '../../scan/facts/entry-facts.ts'
import type { Facts } from '../../scan/facts/facts.ts'
import { historyFacts } from '../../scan/facts/history-facts.ts'
import { manifestFacts } from '../../scan/facts/manifest-facts.ts'
import { partitionFacts } from '../../scan/facts/partition-facts.ts'
import { refFacts } from '../../scan/facts/ref-facts.ts'
import { snapshotFacts } from '../../scan/facts/snapshot-facts.ts'
import { listEntries, listManifests, sumPartitions } from '../../scan/metadata-tables.ts'
import { selectSnapshot } from '../../scan/selector.ts'
import type { SnapshotSelector } from '../../scan/selector.ts'
import type { TableState } from '../../table/table-state.ts'
import type { Schema } from '../../types/schema.ts'
import type { MetadataTableAddress, MetadataTableName } from '../address.ts'
import type { JobTable, Lake } from '../lake.ts'
import type { Input } from '../workflow/model.ts'
import type { InputOptions, InputView } from './input-view.ts'
import { inputFromFacts } from './input-from-facts.ts'
import {
  entriesSchema,
  filesSchema,
  historySchema,
  manifestsSchema,
  partitionsSchema,
  refsSchema,
  snapshotsSchema,
} from './metadata-schemas.ts'
import { partitionStruct } from './partition-struct.ts'
import { checkRef } from './table-view.ts'

/** Where facts are taken from. */
interface FactSource extends RequestOptions {
  readonly state: TableState
  /** Null for a table without snapshots. */
  readonly snapshot: Snapshot | null
}

interface MetadataTable {
  /** Whether it is of one snapshot; the others are of the table. */
  readonly isOfSnapshot: boolean
  readonly schema: (metadata: TableMetadata) => Schema
  readonly facts: (source: FactSource) => AsyncIterable<Facts> | Iterable<Facts>
}

const TABLES: Readonly<Record<MetadataTableName, MetadataTable>> = {
  snapshots: {
    isOfSnapshot: false,
    schema: () => snapshotsSchema,
    facts: ({ state }) => state.metadata.snapshots.map(snapshotFacts),
  },
  history: {
    isOfSnapshot: false,
    schema: () => historySchema,
    facts: ({ state }) => state.metadata.snapshotLog.map(historyFacts(state.metadata)),
  },
  refs: {
    isOfSnapshot: false,
    schema: () => refsSchema,
    facts: ({ state }) => Array.from(state.metadata.refs, ([name, ref]) => refFacts(name, ref)),
  },
  manifests: { isOfSnapshot: true, schema: () => manifestsSchema, facts: manifestRows },
  partitions: { isOfSnapshot: true, schema: partitionsSchema, facts: partitionRows },
  entries: { isOfSnapshot: true, schema: entriesSchema, facts: entryRows },
  files: { isOfSnapshot: true, schema: filesSchema, facts: fileRows },
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
  const { isOfSnapshot, schema: schemaOf, facts } = TABLES[name]
  const full = `${table.name}.${name}`
  const selector = selectorOf(table, selection, version ?? undefined)
  if (selection !== null && !isOfSnapshot) {
    throw new IcebergError('invalid', 'this is of the table, and of no snapshot of it', {
      context: { table: full },
    })
  }
  const snapshot = version === null ? null : selectSnapshot(table.metadata, selector).snapshot
  const schema = schemaOf(table.metadata)
  const source = { state: table.state, snapshot, ...(signal === undefined ? {} : { signal }) }
  return {
    kind: 'view',
    schema,
    batches: {
      [Symbol.asyncIterator]: () => batchesFromRows(schema, typedRows(schema, facts(source))),
    },
    report: { kind: 'metadata', table: full, snapshotId: snapshot?.snapshotId ?? null },
    table,
    pin: isOfSnapshot ? (snapshot?.snapshotId ?? null) : null,
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

async function* manifestRows({ state, snapshot, ...options }: FactSource): AsyncGenerator<Facts> {
  for (const manifest of await listManifests(state, snapshot, options)) {
    yield manifestFacts(state.metadata, manifest)
  }
}

async function* partitionRows({ state, snapshot, ...options }: FactSource): AsyncGenerator<Facts> {
  const { valuesOf } = partitionStruct(state.metadata)
  for (const totals of await sumPartitions(state, snapshot, options)) {
    const facts = partitionFacts(state.metadata, totals)
    yield { ...facts, partition: valuesOf(totals.specId, facts['partition']) }
  }
}

async function* entryRows({ state, snapshot, ...options }: FactSource): AsyncGenerator<Facts> {
  const { valuesOf } = partitionStruct(state.metadata)
  for await (const entry of listEntries(state, snapshot, options)) {
    const { data_file: file, ...facts } = entryFacts(state.metadata, entry)
    const { partition, ...rest } = file
    yield { ...facts, data_file: { ...rest, partition: valuesOf(entry.file.specId, partition) } }
  }
}

/** Of the files that are in the snapshot, those of deletes too. */
async function* fileRows({ state, snapshot, ...options }: FactSource): AsyncGenerator<Facts> {
  const { valuesOf } = partitionStruct(state.metadata)
  for await (const entry of listEntries(state, snapshot, options)) {
    if (entry.status === 'deleted') continue
    const facts = liveFileFacts(state.metadata, entry)
    yield { ...facts, partition: valuesOf(entry.file.specId, facts['partition']) }
  }
}
