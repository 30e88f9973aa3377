/**
 * How functions of Spark are written down: names, what each argument must be, the type of the result, and the expression of
 * DuckDB that it is, in which the arguments are `a`, `b`, `c`, ... Several rows of a name are tried in order.
 */
import { isIntegral, isNumeric } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'

/** What an argument must be, or is made. Those in capitals are taken as they are. */
export type Parameter =
  | 'string'
  | 'int'
  | 'long'
  | 'double'
  | 'boolean'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'NUMBER'
  | 'INTEGER'
  | 'DECIMAL'
  | 'ARRAY'
  | 'MAP'
  /** A timestamp of either kind. */
  | 'MOMENT'
  /** Text or bytes. */
  | 'BYTES'
  | 'ANY'

type Plain = 'string' | 'int' | 'long' | 'double' | 'boolean' | 'binary' | 'date' | 'timestamp'

/** A type by name, that of the first argument, or one that depends on what the arguments have become. */
export type Result = Plain | 'SAME' | ((types: readonly SparkType[]) => SparkType)

export type FunctionRow = readonly [
  names: string,
  parameters: readonly Parameter[],
  result: Result,
  body: string,
]

/** A row under one of its names. */
export interface FunctionRule {
  readonly parameters: readonly Parameter[]
  readonly result: Result
  /** The macro that has the body, without its prefix. */
  readonly macro: string
}

/** The rules of a table, by name in lower case. */
export function rulesOf(
  rows: readonly FunctionRow[],
): ReadonlyMap<string, readonly FunctionRule[]> {
  const rules = new Map<string, FunctionRule[]>()
  for (const [index, [names, parameters, result]] of rows.entries()) {
    for (const name of names.split(' ')) {
      const rule = { parameters, result, macro: macroName(rows, index) }
      rules.set(name, [...(rules.get(name) ?? []), rule])
    }
  }
  return rules
}

const LETTERS = ['a', 'b', 'c', 'd']

/** Signature and body of the macro of each row. The last parameter is the place of the call. */
export function macrosOf(
  rows: readonly FunctionRow[],
): readonly (readonly [signature: string, body: string])[] {
  return rows.map(([, parameters, , body], index) => {
    const letters = LETTERS.slice(0, parameters.length)
    return [`${macroName(rows, index)}(${[...letters, 'place'].join(', ')})`, body]
  })
}

function macroName(rows: readonly FunctionRow[], index: number): string {
  const [first = ''] = rows[index]?.[0].split(' ') ?? []
  return `f_${first}_${rows.slice(0, index).filter(([names]) => names.split(' ')[0] === first).length}`
}

const TEXTUAL = [
  'boolean',
  'byte',
  'short',
  'int',
  'long',
  'decimal',
  'date',
  'timestamp',
  'timestamp_ntz',
]
const DATED = ['date', 'timestamp', 'timestamp_ntz', 'string']

/** The type that an argument is made to fit; null when Spark would not, or when nobody knows how. */
export function fitted(parameter: Parameter, type: SparkType): SparkType | null {
  const { kind } = type
  const isNull = kind === 'void'
  switch (parameter) {
    case 'string':
      return isNull || kind === 'string' || TEXTUAL.includes(kind) ? { kind: 'string' } : null
    case 'int':
      return isNull || (isIntegral(type) && kind !== 'long') ? { kind: 'int' } : null
    case 'long':
      return isNull || isIntegral(type) ? { kind: 'long' } : null
    case 'double':
      return isNull || isNumeric(type) || kind === 'string' ? { kind: 'double' } : null
    case 'boolean':
      return isNull || kind === 'boolean' ? { kind: 'boolean' } : null
    case 'binary':
      return isNull || kind === 'binary' || kind === 'string' ? { kind: 'binary' } : null
    case 'date':
      return isNull || DATED.includes(kind) ? { kind: 'date' } : null
    case 'timestamp':
      return isNull || DATED.includes(kind) ? { kind: 'timestamp' } : null
    case 'MOMENT':
      if (kind === 'timestamp' || kind === 'timestamp_ntz') return type
      return isNull || DATED.includes(kind) ? { kind: 'timestamp' } : null
    case 'NUMBER':
      return isNumeric(type) ? type : null
    case 'INTEGER':
      return isIntegral(type) ? type : null
    case 'DECIMAL':
      return kind === 'decimal' ? type : null
    case 'ARRAY':
      return kind === 'array' ? type : null
    case 'MAP':
      return kind === 'map' ? type : null
    case 'BYTES':
      return kind === 'string' || kind === 'binary' ? type : null
    default:
      return isNull ? null : type
  }
}
