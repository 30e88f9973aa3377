// Whether the columns of a Parquet file are those of a table (spec: Parquet; Column Projection; Schema Evolution): each of the
// table's type, or of one that may be promoted to it. Columns that the table does not have are passed over by readers, those
// that the file does not have are null.
import { listElement } from '../formats/parquet/field-ids.ts'
import type { ParquetNode, ParquetSchema } from '../formats/parquet/file-schema.ts'
import { primitiveOf } from '../formats/parquet/table-schema.ts'
import { canPromote } from '../types/promotion.ts'
import { lastUpdatedColumn, rowIdColumn } from '../types/reserved-fields.ts'
import type { Schema } from '../types/schema.ts'
import { formatType, isPrimitive } from '../types/type.ts'
import type { Field, ListType, MapType, Type } from '../types/type.ts'

export interface ColumnMatch {
  /** Why the file cannot be read as the table's, by column. */
  readonly faults: readonly ColumnFault[]
  /** Columns of the table that the file does not have. */
  readonly missing: readonly Field[]
  /** Those inside of columns that both have, by their names from the root with dots between. */
  readonly missingInside: readonly string[]
  /** Columns of the table in which the table forbids a null and the file does not. */
  readonly unsure: readonly Field[]
  /** Columns of the table with text that the file has as mere bytes. */
  readonly unmarked: readonly Field[]
  /** Columns of the file that the table does not have. */
  readonly unknown: readonly string[]
}

export interface ColumnFault {
  /** Names from the root, with dots between. */
  readonly column: string
  readonly message: string
}

/** @param file with the field ids by which the table's readers will find its columns */
export function matchColumns(
  schema: Schema,
  file: ParquetSchema,
  formatVersion: number,
): ColumnMatch {
  const matcher = new ColumnMatcher(formatVersion)
  const { children } = file.root
  const found = matcher.fields(schema.fields, children, [])
  const missing = schema.fields.filter(({ id }) => !found.has(id))
  if (missing.length === schema.fields.length) {
    matcher.fault([], 'the file has none of the columns of the table')
  }
  checkNames(schema, children, matcher)
  return {
    faults: matcher.faults,
    missing,
    missingInside: matcher.missingInside,
    unsure: schema.fields.filter(({ id }) => matcher.unsure.has(id)),
    unmarked: schema.fields.filter(({ id }) => matcher.unmarked.has(id)),
    unknown: matcher.unknown,
  }
}

/** Ids of rows are the table's to give: those of another one would be ids of other rows here. */
const ROW_LINEAGE: ReadonlySet<number | null> = new Set([rowIdColumn.id, lastUpdatedColumn.id])

/** A column that has another's id would be read as that one without a word. */
function checkNames(schema: Schema, nodes: readonly ParquetNode[], matcher: ColumnMatcher): void {
  const byId = new Map(schema.fields.map((field) => [field.id, field]))
  const names = new Set(schema.fields.map(({ name }) => name))
  for (const { fieldId, name } of nodes) {
    const field = fieldId === null ? undefined : byId.get(fieldId)
    if (field !== undefined && field.name !== name && names.has(name)) {
      matcher.fault([name], 'the field ids of the file are not those of the table')
    }
    if (ROW_LINEAGE.has(fieldId)) {
      matcher.fault([name], 'the file has row ids of another table')
    }
  }
}

/** Whether one name is meant by the other: engines that find columns by name mostly pass over case. */
export function isSpeltLike(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

/** Of a column of the file that has no field id, neither its own nor one by its name, and would be null without a word. */
function overlooked(name: string): string {
  return `readers would not find the column ${name} of the file, which has no field id, as the column of the table`
}

class ColumnMatcher {
  readonly faults: ColumnFault[] = []
  readonly unknown: string[] = []
  readonly missingInside: string[] = []
  /** Ids of the columns of the root. */
  readonly unsure = new Set<number>()
  readonly unmarked = new Set<number>()
  readonly #formatVersion: number
  #rootId = 0

  constructor(formatVersion: number) {
    this.#formatVersion = formatVersion
  }

  fault(path: readonly string[], message: string): void {
    this.faults.push({ column: path.join('.'), message })
  }

  /** @returns the ids of those that the file has */
  fields(
    fields: readonly Field[],
    nodes: readonly ParquetNode[],
    parents: readonly string[],
  ): ReadonlySet<number> {
    const found = new Set<number>()
    for (const field of fields) {
      const path = [...parents, field.name]
      if (parents.length === 0) this.#rootId = field.id
      const [node, ...others] = nodes.filter(({ fieldId }) => fieldId === field.id)
      if (others.length > 0) this.fault(path, 'two columns of the file have the same field id')
      if (node === undefined) this.#checkAbsent(field, nodes, parents)
      else {
        found.add(field.id)
        this.#checkPresence(field.required, node)
        this.#type(field.type, node, path)
      }
    }
    for (const { fieldId, name } of nodes) {
      if (fieldId === null || !found.has(fieldId)) this.unknown.push([...parents, name].join('.'))
    }
    return found
  }

  #checkAbsent(field: Field, nodes: readonly ParquetNode[], parents: readonly string[]): void {
    const path = [...parents, field.name]
    for (const { fieldId, name } of nodes) {
      if (fieldId === null && isSpeltLike(name, field.name)) this.fault(path, overlooked(name))
    }
    // Of the root a folder may tell instead.
    if (parents.length === 0) return
    this.missingInside.push(path.join('.'))
    if (field.required && field.initialDefault === undefined) {
      this.fault(path, 'the file does not have this required column')
    }
  }

  #checkPresence(isRequired: boolean, { repetition }: ParquetNode): void {
    if (isRequired && repetition === 'optional') this.unsure.add(this.#rootId)
  }

  #type(type: Type, node: ParquetNode, path: readonly string[]): void {
    switch (type.kind) {
      case 'struct':
        if (node.column !== null || node.annotation !== null) return this.#misfit(type, path)
        this.fields(type.fields, node.children, path)
        return
      case 'list':
        return this.#list(type, node, path)
      case 'map':
        return this.#map(type, node, path)
      case 'variant':
        return this.fault(path, 'columns of type variant cannot be imported')
      default:
        if (!this.#fits(type, node)) this.#misfit(type, path)
    }
  }

  #fits(type: Type, { column, element, repetition }: ParquetNode): boolean {
    if (column === null || repetition === 'repeated') return false
    const stored = primitiveOf(column, element)
    // Finer than what tables hold.
    const isTooFine = column.annotation?.kind === 'time' && column.annotation.unit === 'nanos'
    if (stored === null || isTooFine) return false
    // Writers of old did not mark text.
    const isText = stored.kind === 'binary' && type.kind === 'string'
    if (isText) this.unmarked.add(this.#rootId)
    return isText || canPromote(stored, type, this.#formatVersion)
  }

  #list(type: ListType, node: ParquetNode, path: readonly string[]): void {
    const element = node.annotation?.kind === 'list' ? listElement(node) : null
    if (element?.fieldId !== type.elementId) return this.#misfit(type, path)
    this.#checkPresence(type.elementRequired, element)
    this.#inner(type.element, element, [...path, 'element'])
  }

  #map(type: MapType, node: ParquetNode, path: readonly string[]): void {
    const entries = node.annotation?.kind === 'map' ? (node.children[0]?.children ?? []) : []
    const [key, value] = entries
    if (key?.fieldId !== type.keyId || value?.fieldId !== type.valueId) {
      return this.#misfit(type, path)
    }
    this.#checkPresence(type.valueRequired, value)
    this.#inner(type.key, key, [...path, 'key'])
    this.#inner(type.value, value, [...path, 'value'])
  }

  /** What repeats in a list of an old writer is the element itself. */
  #inner(type: Type, node: ParquetNode, path: readonly string[]): void {
    const isBare = isPrimitive(type) && node.repetition === 'repeated'
    this.#type(type, isBare ? { ...node, repetition: 'required' } : node, path)
  }

  #misfit(type: Type, path: readonly string[]): void {
    this.fault(path, `the column is not stored as ${formatType(type)}, or a type that becomes one`)
  }
}
