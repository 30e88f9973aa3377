/** Calls whose meaning is in a pattern: of text, of numbers in a date, or the name of a unit. */
import { shapeOf, formatPattern } from './date-pattern.ts'
import { cast, checkArity, checkedMacro, literalInteger, literalText } from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import { portableRegex, portableReplacement } from './spark-regex.ts'
import type { PortableRegex } from './spark-regex.ts'
import { formatSparkType } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'
import { callNode, castNode, integerNode, textConstant, textNode } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'
import { duckdbTypeNode } from './spark-types.ts'

const TEXT: SparkType = { kind: 'string' }
const BOOLEAN: SparkType = { kind: 'boolean' }
const TIMESTAMP: SparkType = { kind: 'timestamp' }
const DATE: SparkType = { kind: 'date' }

/** `LIKE`: the escape character of Spark is the backslash, where DuckDB has none unless it is given. */
export function likePattern(call: SparkCall): Translated {
  const operands = textArguments(call)
  const [, pattern] = call.args
  const text = pattern === undefined ? null : textConstant(pattern.source)
  if (text !== null && !text.includes('\\')) {
    return { node: { ...call.node, children: operands }, type: BOOLEAN }
  }
  const name = call.name === '~~' ? 'like_escape' : 'not_like_escape'
  return { node: callNode(call.node, name, [...operands, textNode('\\')]), type: BOOLEAN }
}

export function regexMatch(call: SparkCall): Translated {
  checkArity(call, 2)
  const regex = regexAt(call, 1)
  const name = regex.hasEnd ? 'matches_lines' : 'matches'
  return {
    node: checkedMacro(call, name, [textArgument(call, 0), textNode(regex.pattern)]),
    type: BOOLEAN,
  }
}

export function regexReplace(call: SparkCall): Translated {
  checkArity(call, 3)
  const regex = splittingRegex(call)
  const replacement = portableReplacement(literalText(call, 2, 'a replacement'), regex.groupCount)
  if (replacement === null)
    throw call.faults.unsupported(
      'a replacement of this form is refused: Java may read it otherwise, so use plain text and groups such as $1',
      call.node,
    )
  const args = [
    textArgument(call, 0),
    textNode(regex.pattern),
    textNode(replacement),
    textNode('g'),
  ]
  return { node: callNode(call.node, 'regexp_replace', args), type: TEXT }
}

/** The group of the first match; nothing where there is none. */
export function regexExtract(call: SparkCall): Translated {
  checkArity(call, 2, 3)
  const regex = regexAt(call, 1)
  const group = call.args.length === 3 ? literalInteger(call, 2, 'a group') : 1
  if (regex.hasEnd)
    throw call.faults.unsupported(
      'a regular expression of this form is refused: Java, on which Spark runs, may match otherwise, so write it in plainer terms',
      call.node,
    )
  if (group < 0 || group > regex.groupCount) throw call.faults.invalid('no such group', call.node)
  const args = [textArgument(call, 0), textNode(regex.pattern), integerNode(group)]
  return { node: callNode(call.node, 'regexp_extract', args), type: TEXT }
}

export function split(call: SparkCall): Translated {
  checkArity(call, 2)
  const args = [textArgument(call, 0), textNode(splittingRegex(call).pattern)]
  return {
    node: callNode(call.node, 'string_split_regex', args),
    type: { kind: 'array', element: TEXT },
  }
}

/** One that takes characters wherever it matches, none of them at the end of a line. */
function splittingRegex(call: SparkCall): PortableRegex {
  const regex = regexAt(call, 1)
  if (!regex.mayBeEmpty && !regex.hasEnd) return regex
  throw call.faults.unsupported(
    'a regular expression of this form is refused: Java, on which Spark runs, may match otherwise, so write it in plainer terms',
    call.node,
  )
}

function regexAt(call: SparkCall, index: number): PortableRegex {
  const regex = portableRegex(literalText(call, index, 'a regular expression'))
  if (regex === null)
    throw call.faults.unsupported(
      'a regular expression of this form is refused: Java, on which Spark runs, may match otherwise, so write it in plainer terms',
      call.node,
    )
  return regex
}

function textArguments(call: SparkCall): SqlNode[] {
  return call.args.map((_argument, index) => textArgument(call, index))
}

function textArgument(call: SparkCall, index: number): SqlNode {
  const argument = call.args[index]
  if (argument === undefined)
    throw call.faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      call.node,
    )
  if (argument.type.kind !== 'string' && argument.type.kind !== 'void') {
    throw call.faults.unsupported(
      'an argument of this type is refused: the function takes texts alone here, so cast it to string',
      call.node,
      {
        function: call.name,
        type: formatSparkType(argument.type),
      },
    )
  }
  return cast(call, argument, TEXT)
}

/** Every unit that Spark knows, as DuckDB spells it. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ['year', 'year'],
  ['yyyy', 'year'],
  ['yy', 'year'],
  ['quarter', 'quarter'],
  ['month', 'month'],
  ['mon', 'month'],
  ['mm', 'month'],
  ['week', 'week'],
  ['day', 'day'],
  ['dd', 'day'],
  ['hour', 'hour'],
  ['minute', 'minute'],
  ['second', 'second'],
  ['millisecond', 'millisecond'],
  ['microsecond', 'microsecond'],
])

export function truncatedTime(call: SparkCall): Translated {
  checkArity(call, 2)
  const [, time] = call.args
  return { node: truncated(call, 0, cast(call, time ?? missing(call), TIMESTAMP)), type: TIMESTAMP }
}

const DATE_UNITS = new Set(['year', 'quarter', 'month', 'week'])

export function truncatedDate(call: SparkCall): Translated {
  checkArity(call, 2)
  const unit = UNITS.get(literalText(call, 1, 'a unit').toLowerCase()) ?? ''
  if (!DATE_UNITS.has(unit))
    throw call.faults.unsupported(
      'this unit of a date is refused: Spark gives null for it, so use year, quarter, month or week',
      call.node,
    )
  const node = truncated(call, 1, cast(call, call.args[0] ?? missing(call), DATE))
  return { node: castNode(call.node, node, duckdbTypeNode(DATE)), type: DATE }
}

function truncated(call: SparkCall, unitIndex: number, time: SqlNode): SqlNode {
  const unit = UNITS.get(literalText(call, unitIndex, 'a unit').toLowerCase())
  if (unit === undefined)
    throw call.faults.unsupported(
      'this unit of date_trunc is refused: Spark has none such, so use one from year to microsecond',
      call.node,
    )
  return callNode(call.node, 'date_trunc', [textNode(unit), time])
}

export function formattedTime(call: SparkCall): Translated {
  checkArity(call, 2)
  const [time] = call.args
  const isLocal = time?.type.kind === 'timestamp_ntz'
  const moment = isLocal ? time.node : cast(call, time ?? missing(call), TIMESTAMP)
  return formatted(call, moment, literalText(call, 1, 'a pattern'))
}

const DEFAULT_PATTERN = 'yyyy-MM-dd HH:mm:ss'

/** Seconds since 1970 as text. */
export function unixTimeText(call: SparkCall): Translated {
  checkArity(call, 1, 2)
  const seconds = cast(call, call.args[0] ?? missing(call), { kind: 'long' })
  const moment = checkedMacro(call, 'from_seconds', [seconds])
  return formatted(
    call,
    moment,
    call.args.length === 2 ? literalText(call, 1, 'a pattern') : DEFAULT_PATTERN,
  )
}

function formatted(call: SparkCall, moment: SqlNode, pattern: string): Translated {
  const format = formatPattern(pattern)
  if (format === null)
    throw call.faults.unsupported(
      'this pattern of a date is refused: some of its letters are not known to mean the same as in Spark, so use others',
      call.node,
    )
  return { node: checkedMacro(call, 'formatted', [moment, textNode(format)]), type: TEXT }
}

/** `to_date`, `to_timestamp` and the like with a pattern. */
export function parsedTime(call: SparkCall, type: SparkType): Translated {
  const pattern = literalText(call, 1, 'a pattern')
  const [format, shape] = [formatPattern(pattern), shapeOf(pattern)]
  if (format === null || shape === null) {
    throw call.faults.unsupported(
      'this pattern of a date is refused: some of its letters are not known to mean the same as in Spark, so use others',
      call.node,
    )
  }
  const args = [textArgument(call, 0), textNode(shape), textNode(format)]
  return {
    node: castNode(call.node, checkedMacro(call, 'parsed', args), duckdbTypeNode(type)),
    type,
  }
}

/** Seconds since 1970 of text. */
export function unixTimeOfText(call: SparkCall): Translated {
  const pattern =
    call.args.length === 2 ? call : { ...call, args: [...call.args, defaultPattern(call)] }
  const { node } = parsedTime(pattern, TIMESTAMP)
  return {
    node: castNode(
      call.node,
      checkedMacro(call, 'seconds_towards_1970', [node]),
      duckdbTypeNode({ kind: 'long' }),
    ),
    type: { kind: 'long' },
  }
}

function defaultPattern(call: SparkCall): SparkCall['args'][number] {
  const node = textNode(DEFAULT_PATTERN)
  return { node, type: TEXT, source: { ...node, query_location: call.node['query_location'] } }
}

function missing(call: SparkCall): never {
  throw call.faults.unsupported(
    'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
    call.node,
    { function: call.name },
  )
}
