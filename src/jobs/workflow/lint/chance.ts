// Rows that depend on chance: an attempt after a failure makes other ones than an earlier attempt has written.
import type { Place } from '../../yaml/faults.ts'
import type { FlareJob } from '../model.ts'
import { functionsCalled, wordsOf } from '../sql-outline.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'

/** Spark's functions whose answer is another one every time. */
const BY_CHANCE = [
  'rand',
  'randn',
  'random',
  'uniform',
  'randstr',
  'uuid',
  'shuffle',
  'monotonically_increasing_id',
  'spark_partition_id',
]

/** Functions of steps that are. */
const STEP_FUNCTIONS = ['generate_uuid']

export function chanceFindings(job: FlareJob): readonly Finding[] {
  return [
    ...job.inputs.flatMap(({ incremental: read }) =>
      read === null ? [] : queryFindings(read.sql, read.sqlPlace),
    ),
    ...job.steps.flatMap((step) => [
      ...queryFindings(step.sql, step.sqlPlace),
      ...step.functions
        .filter(({ name }) => STEP_FUNCTIONS.includes(name))
        .map(({ name, place }) => chanceFinding(name, place)),
    ]),
  ]
}

/** Whether a query asks chance. */
export function usesChance(sql: string): boolean {
  return whatChances(sql).length > 0
}

function queryFindings(sql: string, place: Place): readonly Finding[] {
  return whatChances(sql).map((name) => chanceFinding(name, place))
}

function whatChances(sql: string): readonly string[] {
  const words = wordsOf(sql)
  const isSampled = words.includes('tablesample') && !words.includes('repeatable')
  const called = functionsCalled(sql).filter((name) => BY_CHANCE.includes(name))
  return isSampled ? [...called, 'tablesample'] : called
}

function chanceFinding(name: string, place: Place): Finding {
  return finding(
    'not-deterministic',
    place,
    `${name} gives other rows when a run is tried again: derive its value from columns of the row`,
  )
}
