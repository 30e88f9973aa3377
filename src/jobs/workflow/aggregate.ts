// The `aggregate` of an item of a sequence: windows of event time, in place of a query.
import { MEASURE_FUNCTIONS, WINDOW_END, WINDOW_START } from '../stream/event-time/definition.ts'
import type { Aggregate, Measure } from '../stream/event-time/definition.ts'
import type { Fields, TextItem } from '../yaml/fields.ts'
import { readLength } from './length-of-time.ts'
import { includesName } from './view-names.ts'
import { AGGREGATE, MEASURE, WINDOW } from './vocabulary.ts'

/** Windows, and where they were said. */
export interface DeclaredAggregate {
  /** Which of them are given out with each batch, another part of the job says. */
  readonly aggregate: Omit<Aggregate, 'output'>
  readonly fields: Fields
  /** The mapping of that name; where it is missing, the one that it is missing in. */
  readonly window: Fields
}

/** Null when there is none. */
export function readAggregate(item: Fields): DeclaredAggregate | null {
  const fields = item.map('aggregate', AGGREGATE)
  if (fields === null) return null
  for (const key of OTHER_MAKERS) {
    if (item.has(key)) item.invalid(key, 'windows are of the view before them: make that by this')
  }
  const window = fields.requiredMap('window', WINDOW)
  const by = fields.texts('by')
  const measures = fields.requiredMaps('measures', MEASURE)
  checkNames(fields, by, measures)
  const read = { by: by.map(({ text }) => text), measures: measures.map(readMeasure) }
  if (window === null) return { aggregate: { ...NO_WINDOW, ...read }, fields, window: fields }
  const column = window.text('column')
  return { aggregate: { column, sizeMicros: readSize(window), ...read }, fields, window }
}

/** Stands in for one that has a fault. */
const NO_WINDOW = { column: '', sizeMicros: 0n }

/** What else makes a view. */
const OTHER_MAKERS = ['sql', 'sqlFile', 'classpath', 'functions']

function readSize(window: Fields): bigint {
  const size = readLength(window, 'size', '1 hour')
  if (size === 0n) window.invalid('size', 'must be longer than nothing')
  return size ?? 0n
}

function readMeasure(fields: Fields): Measure {
  const name = fields.text('name')
  const fn = fields.require('fn') ? fields.word('fn', MEASURE_FUNCTIONS) : null
  const column = fields.optionalText('column')
  if (column === null && fn !== null && fn !== 'count') {
    fields.invalid('fn', `only a count needs no column: say what it is the ${fn} of`)
  }
  return { name, fn: fn ?? 'count', column }
}

/** What comes out has a column for each of them. */
function checkNames(
  { faults }: Fields,
  by: readonly TextItem[],
  measures: readonly Fields[],
): void {
  const names = [
    ...by,
    ...measures.map((fields) => ({
      text: fields.scalarText('name') ?? '',
      place: fields.placeOf('name'),
    })),
  ]
  const taken = [WINDOW_START, WINDOW_END]
  for (const { text, place } of names) {
    if (includesName(taken, text)) faults.invalid(place, 'another column of windows has this name')
    taken.push(text)
  }
}
