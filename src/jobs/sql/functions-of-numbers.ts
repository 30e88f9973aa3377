/** Spark's functions of numbers. */
import type { FunctionRow } from './function-table.ts'
import { decimal } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'

/** A whole number with room for one digit more, into which a fraction may carry. */
function wholeOf([type]: readonly SparkType[]): SparkType {
  return type?.kind === 'decimal' ? decimal(type.precision - type.scale + 1, 0) : { kind: 'long' }
}

export const NUMBER_FUNCTIONS: readonly FunctionRow[] = [
  ['abs', ['NUMBER'], 'SAME', 'abs(a)'],
  ['negative', ['NUMBER'], 'SAME', '-a'],
  ['positive', ['NUMBER'], 'SAME', 'a'],
  ['sign signum', ['double'], 'double', 'CASE WHEN a = 0 OR isnan(a) THEN a ELSE sign(a) END'],
  ['floor', ['INTEGER'], 'long', 'a'],
  ['floor', ['DECIMAL'], wholeOf, 'floor(a)'],
  ['floor', ['double'], 'long', withinLong('floor(a)')],
  ['ceil ceiling', ['INTEGER'], 'long', 'a'],
  ['ceil ceiling', ['DECIMAL'], wholeOf, 'ceil(a)'],
  ['ceil ceiling', ['double'], 'long', withinLong('ceil(a)')],
  ['sqrt', ['double'], 'double', `CASE WHEN a < 0 THEN 'nan'::DOUBLE ELSE sqrt(a) END`],
  ['exp', ['double'], 'double', 'exp(a)'],
  ['ln log', ['double'], 'double', 'CASE WHEN a > 0 THEN ln(a) END'],
  ['log10', ['double'], 'double', 'CASE WHEN a > 0 THEN log10(a) END'],
  ['log2', ['double'], 'double', 'CASE WHEN a > 0 THEN log2(a) END'],
  ['pow power', ['double', 'double'], 'double', 'pow(a, b)'],
  ['isnan', ['double'], 'boolean', 'coalesce(isnan(a), false)'],
  ['nanvl', ['double', 'double'], 'double', 'CASE WHEN isnan(a) THEN b ELSE a END'],
  ['rand random', [], 'double', 'random()'],
  ['uuid', [], 'string', 'uuid()'],
]

/** The nearest long, and 0 for what is no number. */
function withinLong(body: string): string {
  return `CASE WHEN isnan(a) THEN 0 WHEN a >= 9223372036854775807 THEN 9223372036854775807
    WHEN a <= -9223372036854775808 THEN -9223372036854775808 ELSE CAST(${body} AS BIGINT) END`
}
