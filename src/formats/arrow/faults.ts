import type { Data } from 'apache-arrow'
import { childFields } from '../../types/schema.ts'
import type { Field, Type } from '../../types/type.ts'
import { listChild, offsetsOf, validityTest } from './column-data.ts'

/** What is wrong with a row: which row, which field, and what. */
export interface Fault {
  readonly row: number
  readonly path: readonly string[]
  readonly message: string
}

/** Rows that count: those that are not inside a null. null when all do. */
export type LiveRows = ((row: number) => boolean) | null

/** The first row of a primitive column whose value the type has no room for, and why; null when there is none. */
export type ValueCheck = (type: Type, data: Data, live: LiveRows) => Omit<Fault, 'path'> | null

/** For columns whose values are known to be good: only nulls are looked for. */
export const trustValues: ValueCheck = () => null

/**
 * Finds a null in a required field or a bad value, at any depth. Columns are as `arrowTypeOf` lays them out; what
 * lies inside a null struct, list or map does not count. Null when all is well, which costs next to nothing for
 * columns without nulls.
 */
export function findFault(
  fields: readonly Field[],
  columns: readonly Data[],
  checkValues: ValueCheck,
): Fault | null {
  return faultAmong(fields, columns, null, checkValues)
}

function faultAmong(
  fields: readonly Field[],
  columns: readonly Data[],
  live: LiveRows,
  checkValues: ValueCheck,
): Fault | null {
  for (const [index, field] of fields.entries()) {
    const column = columns[index]
    const fault = column === undefined ? null : faultIn(field, column, live, checkValues)
    if (fault !== null) return { ...fault, path: [field.name, ...fault.path] }
  }
  return null
}

function faultIn(field: Field, data: Data, live: LiveRows, checkValues: ValueCheck): Fault | null {
  const { type } = field
  const missing = field.required ? firstNull(data, live) : -1
  if (missing >= 0) return { row: missing, path: [], message: 'required field is null' }
  const inside = liveInside(data, live)
  if (type.kind === 'struct') return faultAmong(type.fields, data.children, inside, checkValues)
  if (type.kind === 'list') return faultOfElements(type, data, data.children, inside, checkValues)
  if (type.kind === 'map') {
    return faultOfElements(type, data, listChild(data).children, inside, checkValues)
  }
  const fault = checkValues(type, data, inside)
  return fault === null ? null : { ...fault, path: [] }
}

/** A fault of an element is one of the row that holds it. */
function faultOfElements(
  type: Type,
  data: Data,
  children: readonly Data[],
  live: LiveRows,
  checkValues: ValueCheck,
): Fault | null {
  const offsets = offsetsOf(data)
  const elements = live === null ? null : liveElements(data, offsets, live)
  const fault = faultAmong(childFields(type), children, elements, checkValues)
  return fault === null ? null : { ...fault, row: ownerOf(offsets, fault.row) }
}

/** The first of the live rows of which a test holds; -1 when there is none. */
export function firstRow(data: Data, live: LiveRows, test: (row: number) => boolean): number {
  for (let row = 0; row < data.length; row += 1) {
    if ((live === null || live(row)) && test(row)) return row
  }
  return -1
}

function firstNull(data: Data, live: LiveRows): number {
  if (data.nullCount === 0) return -1
  const isValid = validityTest(data)
  for (let row = 0; row < data.length; row += 1) {
    if (!isValid(row) && (live === null || live(row))) return row
  }
  return -1
}

function liveInside(data: Data, live: LiveRows): LiveRows {
  if (data.nullCount === 0) return live
  const isValid = validityTest(data)
  return live === null ? isValid : (row) => isValid(row) && live(row)
}

function liveElements(
  data: Data,
  offsets: Int32Array,
  live: (row: number) => boolean,
): (element: number) => boolean {
  const isLive = new Uint8Array(offsets[data.length] ?? 0)
  for (let row = 0; row < data.length; row += 1) {
    if (live(row)) isLive.fill(1, offsets[row] ?? 0, offsets[row + 1] ?? 0)
  }
  return (element) => isLive[element] === 1
}

function ownerOf(offsets: Int32Array, element: number): number {
  return offsets.findIndex((end, index) => index > 0 && element < end) - 1
}
