/** Parquet files as programs write them that know nothing of tables: columns with names and without ids. */
import {
  Field,
  List,
  Map_,
  RecordBatch,
  Schema as ArrowSchema,
  Struct,
  Table,
  tableToIPC,
} from 'apache-arrow'
import type { DataType } from 'apache-arrow'
import * as wasm from 'parquet-wasm'

import { concatBytes } from '../../src/base/bytes.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import {
  COLUMN_CHUNK,
  COLUMN_METADATA,
  FILE_METADATA,
  ROW_GROUP,
  footerOf,
} from '../../src/formats/parquet/footer.ts'
import { fileEnd } from '../../src/formats/parquet/row-group-file.ts'
import {
  THRIFT_STRUCT,
  listOf,
  longOf,
  structOf,
  thriftList,
  thriftLong,
  thriftStruct,
  withFields,
} from '../../src/formats/parquet/thrift.ts'
import type { ThriftStruct, ThriftValue } from '../../src/formats/parquet/thrift.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { ModelRows } from './parquet-files.ts'

export interface ForeignOptions {
  /** Rows a row group; all in one when absent. */
  readonly rowGroupRows?: number
  /** None are written when false. */
  readonly statistics?: boolean
}

/** A file of these rows, its columns named as those of the schema. */
export function foreignParquet(
  schema: Schema,
  rows: ModelRows,
  { rowGroupRows = 1_000_000, statistics = true }: ForeignOptions = {},
): Uint8Array {
  const batch = batchFromValues(schema, rows)
  const named = new ArrowSchema(batch.schema.fields.map(withoutMetadata))
  const table = new Table([new RecordBatch(named, batch.data)])
  const properties = new wasm.WriterPropertiesBuilder()
    .setMaxRowGroupSize(rowGroupRows)
    .setStatisticsEnabled(statistics ? wasm.EnabledStatistics.Page : wasm.EnabledStatistics.None)
    .build()
  return wasm.writeParquet(wasm.Table.fromIPCStream(tableToIPC(table, 'stream')), properties)
}

function withoutMetadata(field: Field): Field {
  return new Field(field.name, withoutMetadataInside(field.type), field.nullable)
}

function withoutMetadataInside(type: DataType): DataType {
  const children = (type.children ?? []).map(withoutMetadata)
  const [first] = children
  if (type instanceof Struct) return new Struct(children)
  if (type instanceof List && first !== undefined) return new List(first)
  // The entries of a map are a struct.
  if (type instanceof Map_ && first !== undefined) return new Map_(first as Field<never>)
  return type
}

/**
 * The file with a row group without rows before and after each of its own, as programs write that are handed empty batches:
 * no page, so that the first of them is said to be at 0, but for a dictionary of nothing every other time.
 */
export function withEmptyRowGroups(file: Uint8Array): Uint8Array {
  return changedGroups(file, (groups) => [
    ...groups.flatMap((group, index) => [emptyGroup(group, index % 2 === 0), group]),
    ...groups.slice(0, 1).map((group) => emptyGroup(group, false)),
  ])
}

/** The file with its row groups emptied of their rows. */
export function emptied(file: Uint8Array): Uint8Array {
  return changedGroups(file, (groups) => groups.map((group) => emptyGroup(group, true)))
}

function changedGroups(
  file: Uint8Array,
  change: (groups: readonly ThriftStruct[]) => readonly ThriftStruct[],
): Uint8Array {
  const { metadata } = footerOf(file)
  const groups = change(structsOf(metadata, FILE_METADATA.rowGroups))
  const rows = groups.reduce((sum, group) => sum + longOf(present(group, ROW_GROUP.rowCount)), 0n)
  const changed = withFields(metadata, [
    [FILE_METADATA.rowGroups, thriftList(THRIFT_STRUCT, groups.map(thriftStruct))],
    [FILE_METADATA.rowCount, thriftLong(rows)],
  ])
  return concatBytes([file.subarray(0, file.length - fileEnd(metadata).length), fileEnd(changed)])
}

function emptyGroup(group: ThriftStruct, hasDictionary: boolean): ThriftStruct {
  const chunks = structsOf(group, ROW_GROUP.columns).map((chunk) => {
    const details = withFields(structOf(present(chunk, COLUMN_CHUNK.metadata)), [
      [COLUMN_METADATA.valueCount, thriftLong(0n)],
      [COLUMN_METADATA.dataPageOffset, thriftLong(0n)],
      [COLUMN_METADATA.dictionaryPageOffset, hasDictionary ? thriftLong(4n) : null],
      [COLUMN_METADATA.compressedBytes, thriftLong(hasDictionary ? 15n : 0n)],
      [COLUMN_METADATA.statistics, null],
    ])
    return thriftStruct(withFields(chunk, [[COLUMN_CHUNK.metadata, thriftStruct(details)]]))
  })
  return withFields(group, [
    [ROW_GROUP.columns, thriftList(THRIFT_STRUCT, chunks)],
    [ROW_GROUP.rowCount, thriftLong(0n)],
  ])
}

function structsOf(struct: ThriftStruct, id: number): readonly ThriftStruct[] {
  return listOf(present(struct, id)).map(structOf)
}

function present(struct: ThriftStruct, id: number): ThriftValue {
  const value = struct.get(id)
  if (value === undefined) throw new Error('the footer lacks a field')
  return value
}
