// The largest value of a column: by the bounds of the files where they are exact, else by reading.
import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { bind } from '../expressions/bind.ts'
import { createMetricsCollector } from '../formats/arrow/metrics.ts'
import type { TableState } from '../table/table-state.ts'
import { comparatorOf } from '../types/compare.ts'
import type { ColumnMetrics } from '../types/metrics.ts'
import { findFieldByPath } from '../types/schema.ts'
import { selectFields } from '../types/select-fields.ts'
import { valueFromBytes } from '../types/single-value-binary.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field, PrimitiveType, Type } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { planFiles } from './plan-files.ts'
import { readTask } from './read-task.ts'
import { selectSnapshot } from './selector.ts'
import type { FileScanTask } from './task.ts'

/** A value with its type. */
export interface TypedValue {
  readonly type: PrimitiveType
  /** Null when the column has no value other than null and NaN. */
  readonly value: PrimitiveValue | null
}

/**
 * The largest value of a column in the table's current rows, NaN aside.
 *
 * @throws IcebergError `invalid` when there is no such column, or it holds no single values
 */
export async function columnMax(
  state: TableState,
  path: readonly string[],
  signal?: AbortSignal,
): Promise<TypedValue> {
  const selected = selectSnapshot(state.metadata, { kind: 'current' })
  const field = findFieldByPath(selected.schema, path)?.field
  if (field === undefined || !isPrimitive(field.type)) {
    throw new IcebergError('invalid', 'no such column to take the largest value of', {
      context: { table: state.name, column: path.join('.') },
    })
  }
  const options = signal === undefined ? {} : { signal }
  const predicate = bind({ kind: 'true' }, selected.schema)
  const { tasks } = await planFiles(state, { ...selected, predicate, ...options })
  const isKnown = knownMax(field)
  const unknown = tasks.filter((task) => !isKnown(task))
  const measured = createMetricsCollector(
    { fields: selectFields(selected.schema, [path]) },
    new Map([[field.id, { kind: 'full' }]]),
  )
  for (const task of unknown) {
    const fields = selectFields(selected.schema, [path])
    for await (const batch of readTask(state, task, { ...selected, fields, ...options })) {
      measured.add(batch)
    }
  }
  const known = tasks.filter(isKnown).map(({ file }) => file.metrics)
  return { type: field.type, value: largest(field, [...known, measured.finish()]) }
}

/** Types whose bounds are values of the column: those of text and bytes may be cut, those of floats are widened at zero. */
const EXACT_BOUNDS: ReadonlySet<Type['kind']> = new Set([
  'boolean',
  'int',
  'long',
  'decimal',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'timestamp_ns',
  'timestamptz_ns',
])

/** Whether the metadata of a file says what its largest value is, or that it has none. */
function knownMax({ id, type }: Field): (task: FileScanTask) => boolean {
  const isExact = EXACT_BOUNDS.has(type.kind)
  return ({ file: { metrics, recordCount } }) =>
    metrics.nullCounts.get(id) === recordCount || (isExact && metrics.upperBounds.has(id))
}

function largest(
  { id, type }: Field,
  metrics: readonly Pick<ColumnMetrics, 'upperBounds'>[],
): PrimitiveValue | null {
  assert(isPrimitive(type), 'only single values have a largest one')
  const compare = comparatorOf(type)
  return metrics
    .flatMap(({ upperBounds }) => upperBounds.get(id) ?? [])
    .map((bytes) => valueFromBytes(type, bytes))
    .reduce(
      (high: PrimitiveValue | null, value) =>
        high === null || compare(value, high) > 0 ? value : high,
      null,
    )
}
