// One Parquet file as a data file of a table:
//  1. its footer, whose columns get the field ids that the table's readers will give them;
//  2. whether these are columns of the table (`import-columns`), and what is known of them (`import-facts`);
//  3. the partition of its rows: by the footer, by folders, or by the rows themselves (`import-partition`, `import-rows`).
import { withContext } from '../base/errors.ts'
import { hasFieldIds } from '../formats/parquet/field-ids.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import { transformFunction } from '../layout/apply-transform.ts'
import { partitionKey } from '../layout/partition-key.ts'
import type { PartitionField, PartitionSpec } from '../layout/partition-spec.ts'
import { columnMetricsModes } from '../metadata/column-metrics-modes.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema, currentSortOrder, currentSpec } from '../metadata/table-metadata.ts'
import { identifiedFooter } from '../scan/identified-footer.ts'
import type { TableState } from '../table/table-state.ts'
import { effectiveInitialDefault } from '../types/default-values.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field, PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { isSpeltLike, matchColumns } from './import-columns.ts'
import type { ColumnMatch } from './import-columns.ts'
import { columnFacts, metricsOf, splitOffsetsOf } from './import-facts.ts'
import type { ColumnFacts } from './import-facts.ts'
import type { FoundFile } from './import-locations.ts'
import { hiveValues, valueOfFolder, verdictOn } from './import-partition.ts'
import { askRows } from './import-rows.ts'

/** What a file would be in the table, or why it cannot be there. */
export interface ImportedFile {
  readonly location: string
  /** Null for a file that cannot be imported. */
  readonly file: DataFile | null
  readonly faults: readonly string[]
  /** Columns that the table does not have. */
  readonly unknownColumns: readonly string[]
  /** Columns of the table that neither the file nor a folder tells of. */
  readonly missingColumns: readonly string[]
  /** Whether the table's readers find its columns by their names. */
  readonly isReadByName: boolean
}

/**
 * @param state of the table as it will be: with the name mapping that the import sets
 * @throws IcebergError `corrupt` with the path of what is no Parquet file, `unsupported` of an encrypted one
 */
export async function examineFile(
  state: TableState,
  found: FoundFile,
  signal?: AbortSignal,
): Promise<ImportedFile> {
  try {
    const options = signal === undefined ? {} : { signal }
    const { store } = state.services
    const access = openRandomAccess(store, found.location, found.sizeBytes, options)
    return await new FileExaminer(state, found, await readFooter(access)).examine(signal)
  } catch (error) {
    throw withContext(error, { table: state.name, path: found.location })
  }
}

class FileExaminer {
  readonly #state: TableState
  readonly #found: FoundFile
  readonly #footer: ParquetFooter
  readonly #isReadByName: boolean
  readonly #schema: Schema
  readonly #spec: PartitionSpec
  readonly #match: ColumnMatch
  readonly #facts: ReadonlyMap<number, ColumnFacts>
  readonly #folders: ReadonlyMap<string, string | null>
  readonly #faults: string[]

  constructor(state: TableState, found: FoundFile, footer: ParquetFooter) {
    const { metadata } = state
    this.#state = state
    this.#found = found
    this.#isReadByName = !hasFieldIds(footer.schema)
    this.#schema = currentSchema(metadata)
    this.#spec = currentSpec(metadata)
    this.#footer = identifiedFooter(footer, metadata, this.#schema.fields)
    this.#match = matchColumns(this.#schema, this.#footer.schema, metadata.formatVersion)
    this.#facts = columnFacts(this.#footer, this.#schema)
    this.#folders = hiveValues(found.location)
    this.#faults = this.#match.faults.map(({ column, message }) =>
      column === '' ? message : `${message}: ${column}`,
    )
  }

  async examine(signal?: AbortSignal): Promise<ImportedFile> {
    for (const field of this.#match.missing) this.#checkMissing(field)
    const file = this.#faults.length === 0 ? await this.#dataFile(signal) : null
    return {
      location: this.#found.location,
      file: this.#faults.length === 0 ? file : null,
      faults: this.#faults,
      unknownColumns: this.#match.unknown,
      missingColumns: this.#missingColumns(),
      isReadByName: this.#isReadByName,
    }
  }

  /** What only a folder tells of a column, readers learn from an identity partition or not at all (spec: Column Projection). */
  #checkMissing({ id, name, required, initialDefault }: Field): void {
    const isPartition = this.#isIdentity(id)
    const text = this.#folders.get(name)
    for (const folder of text === undefined ? this.#folders.keys() : []) {
      if (!isSpeltLike(folder, name)) continue
      this.#faults.push(`the folder ${folder} is spelt in other case than the column: ${name}`)
    }
    if (text !== undefined && !isPartition) {
      this.#faults.push(`only its folder tells of a column that is no identity partition: ${name}`)
    }
    const isTold = isPartition && text !== undefined && text !== null
    if (required && !isTold && initialDefault === undefined) {
      this.#faults.push(`the file does not have this required column: ${name}`)
    }
  }

  #missingColumns(): readonly string[] {
    const untold = this.#match.missing.filter(
      ({ id, name }) => !this.#isIdentity(id) || !this.#folders.has(name),
    )
    return [...untold.map(({ name }) => name), ...this.#match.missingInside]
  }

  #isIdentity(fieldId: number): boolean {
    return this.#spec.fields.some(
      ({ sourceId, transform }) => sourceId === fieldId && transform.kind === 'identity',
    )
  }

  async #dataFile(signal?: AbortSignal): Promise<DataFile> {
    const { metadata } = this.#state
    const modes = columnMetricsModes({
      properties: metadata.properties,
      schema: this.#schema,
      sortOrder: currentSortOrder(metadata),
    })
    const file: DataFile = {
      content: 'data',
      path: this.#found.location,
      format: 'parquet',
      specId: this.#spec.specId,
      partition: this.#spec.fields.map(() => null),
      recordCount: this.#footer.rowCount,
      fileSizeBytes: BigInt(this.#found.sizeBytes),
      metrics: metricsOf(this.#footer, this.#facts, modes),
      splitOffsets: splitOffsetsOf(this.#footer),
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
    }
    return { ...file, partition: await this.#partition(file, signal) }
  }

  /** The partition by footer and folders; the rows are asked for what these leave open. */
  async #partition(file: DataFile, signal?: AbortSignal): Promise<DataFile['partition']> {
    const values = this.#spec.fields.map((field) => this.#toldValue(field))
    const open = this.#spec.fields.filter((_, index) => values[index] === undefined)
    const columns = this.#columnsToRead()
    if (open.length + columns.length > 0 && file.recordCount > 0n) {
      const question = { schema: this.#schema, partitionFields: open, columns }
      const answer = await askRows(this.#state, file, question, signal)
      for (const name of answer.withNulls) {
        this.#faults.push(`a required column has a null: ${name}`)
      }
      if (answer.partition === null) {
        const names = open.map(({ name }) => name).join(', ')
        this.#faults.push(`the file has rows of several partitions: ${names}`)
      }
      for (const [index, field] of open.entries()) {
        values[this.#spec.fields.indexOf(field)] = answer.partition?.[index] ?? null
      }
    }
    this.#checkFolders(values)
    return values.map((value) => value ?? null)
  }

  /** Columns that may have a null where none may be, and bytes that may be no text: no reader would get past them. */
  #columnsToRead(): readonly Field[] {
    const { unsure, unmarked } = this.#match
    const mayHaveNulls = unsure.filter(({ id }) => this.#facts.get(id)?.nullCount !== 0n)
    return [...new Set([...mayHaveNulls, ...unmarked])]
  }

  /** Undefined where the rows have to be asked. */
  #toldValue({ sourceId, transform, name }: PartitionField): PrimitiveValue | null | undefined {
    if (transform.kind === 'void') return null
    const source = findField(this.#schema, sourceId)
    const facts = this.#facts.get(sourceId)
    if (facts !== undefined) {
      const verdict = verdictOn(transform, facts)
      return verdict === 'unknown' ? undefined : verdict.value
    }
    // A partition field has a column of a primitive type.
    const type = source?.field.type as PrimitiveType
    const apply = transformFunction(transform, type)
    const text = this.#isIdentity(sourceId) ? this.#folderOf(source?.path, name) : undefined
    if (text !== undefined) return apply(this.#folderValue(type, text, name))
    // Defaults of primitive columns are primitive.
    const absent = source === undefined ? null : effectiveInitialDefault(source.field)
    return apply(absent as PrimitiveValue | null)
  }

  /** What a folder says of a column of the root, under its own name or that of its partition field. */
  #folderOf(path: readonly string[] | undefined, name: string): string | null | undefined {
    const [root = '', ...inner] = path ?? []
    if (inner.length > 0) return undefined
    return this.#folders.get(this.#folders.has(root) ? root : name)
  }

  #folderValue(type: PrimitiveType, text: string | null, name: string): PrimitiveValue | null {
    const value = valueOfFolder(type, text)
    if (value === undefined) this.#faults.push(`its folder names no value of the column: ${name}`)
    return value ?? null
  }

  /** Rows count; but a folder that says something else is a sign that they are not what somebody thinks they are. */
  #checkFolders(values: readonly (PrimitiveValue | null | undefined)[]): void {
    for (const [index, { sourceId, transform, name }] of this.#spec.fields.entries()) {
      const source = findField(this.#schema, sourceId)
      if (source === undefined || transform.kind !== 'identity' || !this.#facts.has(sourceId)) {
        continue
      }
      const text = this.#folderOf(source.path, name)
      if (text === undefined || !isPrimitive(source.field.type)) continue
      const { type } = source.field
      const told = this.#folderValue(type, text, name)
      const isSame = partitionKey([type], [told]) === partitionKey([type], [values[index] ?? null])
      if (!isSame) this.#faults.push(`its folder says otherwise than its rows: ${name}`)
    }
  }
}
