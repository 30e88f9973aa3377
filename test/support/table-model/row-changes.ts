/**
 * Changes of rows, and what the model says must come of them. It knows which rows are written and removed, but not which
 * lie in one file: where an outcome depends on that, it says which ones are right.
 */
import fc from 'fast-check'

import type { ErrorKind } from '../../../src/base/errors.ts'
import type { Transaction } from '../../../src/client/transaction.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import { bind, isRequired, namedColumns } from '../../../src/expressions/bind.ts'
import { predicateOf } from '../../../src/expressions/build.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import { findField, findFieldByPath } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { formatType, isPrimitive } from '../../../src/types/type.ts'
import type { Isolation } from '../../../src/write/conflicts.ts'
import type { OtherSpecs } from '../../../src/write/replace-partitions.ts'
import { anyExpressionOf } from '../arbitraries/predicates.ts'
import { partitionOf } from '../partitions.ts'
import { matchesSlowly } from '../slow-match.ts'
import { anyInputOf, canBeStored, inputOf } from './input.ts'
import type { Input, SeenAndNewest } from './input.ts'
import {
  headOf,
  lineTo,
  mayMove,
  newestRows,
  partitionFunction,
  rowAs,
  samePartition,
  visibleRows,
  withSnapshot,
} from './model.ts'
import type { ModelRow, ModelSnapshot, ModelVersion, RowsChange } from './model.ts'

/** What tables and transactions have in common. */
type Writer = {
  readonly [Name in 'append' | 'overwritePartitions' | 'overwrite' | 'deleteWhere']: (
    ...given: Parameters<Transaction<UnknownRow>[Name]>
  ) => Promise<unknown>
}

/** Whether other commits are in the way; maybe, where that depends on the files that rows are in. */
type Conflict = 'no' | 'maybe' | 'yes'

export interface RowChange {
  /** For people. */
  readonly text: string
  /** One of these comes of it before anything is committed; none for a change that can be tried. */
  readonly faults: readonly ErrorKind[]
  /** Whether it says nothing: no rows to add, and none looked for. */
  readonly isIdle: boolean
  tell(writer: Writer): Promise<unknown>
  /** What it does to the rows of a version, or why it cannot. */
  on(version: ModelVersion): RowsChange | ErrorKind
  /** Errors that it may end with on a version, as the rows lie in files. */
  mayFail(version: ModelVersion, change: RowsChange): readonly ErrorKind[]
  /** Whether snapshots that others made since the read stand in the way. */
  conflict(version: ModelVersion, since: readonly ModelSnapshot[]): Conflict
  /** Whether a history that does not lead to what was read is one. */
  readonly needsHistory: boolean
}

/** Any of the changes of rows that there are. */
export function anyRowChange(handle: SeenAndNewest): fc.Arbitrary<RowChange> {
  return fc.oneof(anyAppend(handle), anyOverwrite(handle))
}

export function anyAppend(handle: SeenAndNewest): fc.Arbitrary<RowChange> {
  return anyInputOf(handle).map((input) => append(handle, input))
}

/** A change that replaces rows, or removes them. */
export function anyOverwrite(handle: SeenAndNewest): fc.Arbitrary<RowChange> {
  const { seen } = handle
  const anyIsolation = fc.constantFrom<Isolation[]>('serializable', 'snapshot', 'none')
  const ofPartitions = fc
    .record({
      input: anyInputOf(handle),
      isolation: anyIsolation,
      otherSpecs: fc.constantFrom<OtherSpecs[]>('refuse', 'replace'),
    })
    .map((parts) => overwritePartitions(handle, parts))
  const ofMatches = fc
    .record({
      input: anyInputOf(handle),
      isolation: anyIsolation,
      expression: anyExpressionOf(seen.schema, visibleRows(seen)),
      rows: fc.constantFrom<Matching['rows'][]>('matching', 'matching', 'none', 'any'),
    })
    .map((parts) => overwriteMatches(handle, parts))
  return fc.oneof(ofPartitions, ofMatches)
}

function append({ seen }: SeenAndNewest, input: Input): RowChange {
  return {
    text: `append ${textOf(input)}`,
    faults: storageFaults(seen, input),
    isIdle: input.rows.length === 0,
    tell: (writer) => writer.append(inputOf(seen.schema, input)),
    on: () => ({ operation: 'append', added: input.rows, removed: new Set() }),
    mayFail: () => [],
    conflict: () => 'no',
    needsHistory: false,
  }
}

function overwritePartitions(
  { seen }: SeenAndNewest,
  {
    input,
    isolation,
    otherSpecs,
  }: { readonly input: Input; readonly isolation: Isolation; readonly otherSpecs: OtherSpecs },
): RowChange {
  const { rows } = input
  const { specId } = seen
  const isForeign = (row: ModelRow): boolean => row.specId !== specId
  const isReplaced = (version: ModelVersion): ((row: ModelRow) => boolean) => {
    const keyOf = foreignKeys(version, specId)
    return (row) =>
      isForeign(row)
        ? otherSpecs === 'replace' && rows.some(({ key }) => key === keyOf(row))
        : rows.some(samePartition(row))
  }
  return {
    text: `overwrite partitions, ${isolation}, ${otherSpecs} others, ${textOf(input)}`,
    faults: storageFaults(seen, input),
    isIdle: rows.length === 0,
    tell: (writer) =>
      writer.overwritePartitions(inputOf(seen.schema, input), { isolation, otherSpecs }),
    on(version) {
      const before = newestRows(version)
      if (otherSpecs === 'refuse' && before.some(isForeign)) return 'unsupported'
      const removed = new Set(before.filter(isReplaced(version)))
      return { operation: 'overwrite', added: rows, removed }
    },
    mayFail(version, { removed }) {
      const foreign = newestRows(version).filter(isForeign)
      const keyOf = foreignKeys(version, specId)
      const isPlaced = foreign.every((row) => keyOf(row) !== null)
      const fault = isComputable(version, specId) ? 'invalid' : 'unsupported'
      return [...(isPlaced ? [] : ([fault] as const)), ...moveFaults(version, removed)]
    },
    conflict(version, since) {
      const touched = touchedRows(since, isolation)
      if (touched.changed.some(isReplaced(version))) return 'yes'
      if (!touched.files.some(isForeign)) return 'no'
      return otherSpecs === 'refuse' ? 'yes' : 'maybe'
    },
    needsHistory: isolation !== 'none',
  }
}

/** How rows of other specs would be partitioned by that one, in the columns of now; null where they cannot be. */
export function foreignKeys(
  version: ModelVersion,
  specId: number,
): (row: ModelRow) => string | null {
  if (!isComputable(version, specId)) return () => null
  const { schema } = version
  const spec = specOfVersion(version, specId)
  const keyOf = partitionFunction({ schema, spec })
  const tupleOf = partitionOf(schema, spec)
  return (row) => {
    const values = rowAs(row, schema)
    return tupleOf(values) === null ? null : keyOf(values)
  }
}

/** Whether the columns that the spec partitions by are there. */
export function isComputable(version: ModelVersion, specId: number): boolean {
  return specOfVersion(version, specId).fields.every(
    ({ sourceId, transform }) =>
      transform.kind === 'void' || findField(version.schema, sourceId) !== undefined,
  )
}

function specOfVersion({ specs }: ModelVersion, specId: number): PartitionSpec {
  const spec = specs.find((candidate) => candidate.specId === specId)
  if (spec === undefined) throw new Error('specs stay')
  return spec
}

interface Matching {
  readonly input: Input
  readonly isolation: Isolation
  readonly expression: Expression
  /** Which of the input are written: those that do not match are refused. */
  readonly rows: 'matching' | 'none' | 'any'
}

function overwriteMatches(
  { seen }: SeenAndNewest,
  { input: drawn, isolation, expression, rows }: Matching,
): RowChange {
  const { schema } = seen
  const isMatch = (row: ModelRow): boolean => matchesSlowly(expression, schema, row.values)
  const written = rows === 'any' ? drawn.rows : rows === 'none' ? [] : drawn.rows.filter(isMatch)
  const input = { ...drawn, rows: written }
  const filter = predicateOf<UnknownRow>(expression)
  const matchesIn = (version: ModelVersion): ((row: ModelRow) => boolean) => {
    const renamed = renamedTo(expression, schema, version.schema)
    return (row) => matchesSlowly(renamed, version.schema, rowAs(row, version.schema))
  }
  return {
    text: `overwrite ${fc.stringify(expression)}, ${isolation}, ${textOf(input)}`,
    faults: written.every(isMatch)
      ? storageFaults(seen, input)
      : ['invalid', ...storageFaults(seen, input)],
    isIdle: false,
    tell: (writer) =>
      rows === 'none'
        ? writer.deleteWhere(filter, { isolation })
        : writer.overwrite(filter, inputOf(schema, input), { isolation }),
    on(version) {
      if (hasChangedColumn(expression, schema, version.schema)) return 'conflict'
      const removed = new Set(newestRows(version).filter(matchesIn(version)))
      return { operation: written.length === 0 ? 'delete' : 'overwrite', added: written, removed }
    },
    mayFail: (version, { removed }) => moveFaults(version, removed),
    conflict(version, since) {
      const touched = touchedRows(since, isolation)
      if (touched.changed.some(matchesIn(version))) return 'yes'
      return touched.files.length > 0 ? 'maybe' : 'no'
    },
    needsHistory: isolation !== 'none',
  }
}

/** The condition by the names that its columns have now. What is gone decides nothing: see {@link hasChangedColumn}. */
function renamedTo(expression: Expression, from: Schema, to: Schema): Expression {
  switch (expression.kind) {
    case 'true':
    case 'false':
      return expression
    case 'not':
      return { ...expression, child: renamedTo(expression.child, from, to) }
    case 'and':
    case 'or':
      return {
        ...expression,
        children: expression.children.map((child) => renamedTo(child, from, to)),
      }
    default: {
      const id = findFieldByPath(from, expression.column)?.field.id
      const column = id === undefined ? undefined : findField(to, id)?.path
      return column === undefined ? bindConstant(expression, from) : { ...expression, column }
    }
  }
}

function bindConstant(expression: Expression, schema: Schema): Expression {
  return { kind: bind(expression, schema).kind === 'true' ? 'true' : 'false' }
}

/** Whether a column that decides about rows is gone, or of another type. */
function hasChangedColumn(expression: Expression, from: Schema, to: Schema): boolean {
  return namedColumns(expression, from).some(({ fieldId, required }) => {
    const before = findField(from, fieldId)?.field.type
    const now = findField(to, fieldId)
    if (before === undefined || now === undefined) return true
    if (required && !isRequired(to, now)) return true
    return isPrimitive(before) && formatType(before) !== formatType(now.field.type)
  })
}

/** What others changed, as far as the isolation minds: rows for certain, and rows whose files were written or removed. */
function touchedRows(
  since: readonly ModelSnapshot[],
  isolation: Isolation,
): { readonly changed: readonly ModelRow[]; readonly files: readonly ModelRow[] } {
  if (isolation === 'none') return { changed: [], files: [] }
  const changed = since.flatMap(({ added, removed }) =>
    isolation === 'serializable' ? [...removed, ...added] : removed,
  )
  return { changed, files: [...changed, ...since.flatMap(({ moved }) => moved)] }
}

/** What keeps rows from being written, whatever becomes of the table. */
function storageFaults({ schema }: ModelVersion, { rows }: Input): readonly ErrorKind[] {
  return rows.length === 0 || canBeStored(schema.fields) ? [] : ['unsupported']
}

/** What may keep files from being taken out, and the rest of one from being moved. */
function moveFaults(version: ModelVersion, removed: ReadonlySet<ModelRow>): readonly ErrorKind[] {
  const canMove = canBeStored(version.schema.fields)
  return canMove || mayMove(newestRows(version), removed).length === 0 ? [] : ['unsupported']
}

/** What comes of changes on a version. */
export interface Attempt {
  /** Errors that may come of it instead, as the rows lie in files. */
  readonly mayFail: readonly ErrorKind[]
  /** The version itself where there is nothing to change; or the error that must come. */
  readonly result: ModelVersion | ErrorKind
}

/**
 * Makes changes on a version, one after the other.
 *
 * @param readHead the place of the snapshot that the writer read
 */
export function attempt(
  version: ModelVersion,
  changes: readonly RowChange[],
  { readHead, nowMs }: { readonly readHead: number | null; readonly nowMs: number },
): Attempt {
  const since = snapshotsSince(version, readHead)
  const mayFail: ErrorKind[] = []
  let result = version
  for (const change of changes) {
    if (change.isIdle) continue
    const rows = change.on(result)
    // A changed column is found before other commits are looked at, files of other specs after.
    const isChanged = rows === 'conflict' || (since === null && change.needsHistory)
    const conflict = isChanged ? 'yes' : change.conflict(result, since ?? [])
    if (conflict === 'yes') return { mayFail, result: 'conflict' }
    if (conflict === 'maybe') mayFail.push('conflict')
    if (typeof rows === 'string') return { mayFail, result: rows }
    mayFail.push(...change.mayFail(result, rows))
    if (rows.added.length > 0 || rows.removed.size > 0) result = withSnapshot(result, rows, nowMs)
  }
  return { mayFail, result }
}

/** What others put on the main branch after a read; null when that does not lead back to what was read. */
function snapshotsSince(
  version: ModelVersion,
  readHead: number | null,
): readonly ModelSnapshot[] | null {
  const head = headOf(version)
  if (head === readHead || head === null) return []
  const line = lineTo(version, head)
  const read = readHead === null ? -1 : line.indexOf(readHead)
  if (readHead !== null && read < 0) return null
  return line.slice(read + 1).flatMap((place) => version.snapshots[place] ?? [])
}

function textOf({ form, rows, unsaid }: Input): string {
  const without = unsaid.length === 0 ? '' : ` without ${unsaid.map(({ name }) => name).join(', ')}`
  const values = rows.map((row): RowValues => row.values)
  return `${fc.stringify(values)} as ${form}${without}`
}
