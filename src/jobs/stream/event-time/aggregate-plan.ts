// An aggregate held against the columns of the rows that it is of.
import { IcebergError } from '../../../base/errors.ts'
import { nearestName } from '../../../base/nearest-name.ts'
import { stringifyJson } from '../../../base/json-exact.ts'
import { checkNewSchema } from '../../../types/schema-check.ts'
import { assignFreshIds } from '../../../types/schema-walk.ts'
import type { Schema } from '../../../types/schema.ts'
import { formatType } from '../../../types/type.ts'
import type { Field, PrimitiveType } from '../../../types/type.ts'
import { WINDOW_END, WINDOW_START } from './definition.ts'
import type { Aggregate, Measure, WindowOutput } from './definition.ts'
import { eventClock } from './event-clock.ts'
import type { EventClock } from './event-clock.ts'
import { isPlain, measureType } from './measure-types.ts'

export interface AggregatePlan {
  readonly clock: EventClock
  readonly time: PlannedColumn
  readonly sizeTicks: bigint
  readonly by: readonly PlannedColumn[]
  readonly measures: readonly PlannedMeasure[]
  readonly output: WindowOutput
  /** Of the rows that come out: window_start and window_end of the type of the event time, the columns of `by`, the measures. */
  readonly schema: Schema
  /** What must stay the same for what is kept of open windows to be of use: the aggregate, and the types of its columns. */
  readonly identity: string
}

/** A column of the rows that come in. */
export interface PlannedColumn {
  readonly name: string
  readonly position: number
  readonly type: PrimitiveType
}

export interface PlannedMeasure {
  readonly measure: Measure
  /** Null for all rows. */
  readonly column: PlannedColumn | null
  readonly type: PrimitiveType
}

/** @throws IcebergError `invalid` for columns that are not there or do not fit, and for names that two columns would have */
export function planAggregate(
  aggregate: Aggregate,
  { fields }: Pick<Schema, 'fields'>,
): AggregatePlan {
  const time = columnAt(fields, aggregate.column)
  const clock = eventClock(time)
  const by = aggregate.by.map((name) => columnAt(fields, name))
  const measures = aggregate.measures.map((measure): PlannedMeasure => {
    const column = measure.column === null ? null : columnAt(fields, measure.column)
    return { measure, column, type: measureType(measure, column?.type ?? null) }
  })
  return {
    clock,
    time,
    sizeTicks: sizeIn(clock, aggregate),
    by,
    measures,
    output: aggregate.output,
    schema: outputSchema({ time, by, measures }, fields),
    identity: identityOf(aggregate, { time, by, measures }),
  }
}

function sizeIn(clock: EventClock, { sizeMicros, column }: Aggregate): bigint {
  const ticks = clock.ticksIn(sizeMicros)
  if (ticks !== null) return ticks
  throw new IcebergError('invalid', 'windows of dates are whole days', { context: { column } })
}

/** @throws IcebergError `invalid` when there is none, or it is not of a plain type */
export function columnAt(fields: readonly Field[], name: string): PlannedColumn {
  const position = fields.findIndex((field) => field.name === name)
  const type = fields[position]?.type
  if (type === undefined) throw noColumn(fields, name)
  if (isPlain(type)) return { name, position, type }
  throw new IcebergError(
    'invalid',
    'event time, groups and measures are of columns of plain types',
    {
      context: { column: name, type: formatType(type) },
    },
  )
}

function noColumn(fields: readonly Field[], column: string): IcebergError {
  const names = fields.map(({ name }) => name)
  const meant = nearestName(column, names)
  return new IcebergError('invalid', 'the rows have no such column', {
    context: { column, ...(meant === null ? {} : { didYouMean: meant }) },
  })
}

type PlannedColumns = Pick<AggregatePlan, 'time' | 'by' | 'measures'>

function outputSchema({ time, by, measures }: PlannedColumns, fields: readonly Field[]): Schema {
  const output = (name: string, type: PrimitiveType, required: boolean): Field => ({
    id: 0,
    name,
    required,
    type,
  })
  const schema: Schema = {
    schemaId: 0,
    fields: assignFreshIds([
      output(WINDOW_START, time.type, true),
      output(WINDOW_END, time.type, true),
      ...by.map(({ name, type, position }) =>
        output(name, type, fields[position]?.required === true),
      ),
      ...measures.map(({ measure, type }) => output(measure.name, type, measure.fn === 'count')),
    ]),
    identifierFieldIds: [],
  }
  checkNewSchema(schema)
  return schema
}

function identityOf({ sizeMicros, output }: Aggregate, planned: PlannedColumns): string {
  const inWords = ({ name, type }: PlannedColumn): readonly string[] => [name, formatType(type)]
  return stringifyJson({
    window: [...inWords(planned.time), sizeMicros],
    by: planned.by.map(inWords),
    measures: planned.measures.map(({ measure: { name, fn }, column }) => [
      name,
      fn,
      ...(column === null ? [] : inWords(column)),
    ]),
    output,
  })
}
