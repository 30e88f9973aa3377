/** What Spark makes of a value of one type as one of another. A pair of types that is on no list is refused. */
import type { TypedNode } from './spark-expression.ts'
import type { Faults } from './spark-faults.ts'
import { LENIENT_CASTS, OR_NULL } from './lenient-casts.ts'
import { MACRO_PREFIX } from './spark-macros.ts'
import {
  asDecimal,
  duckdbTypeNode,
  formatSparkType,
  isFloating,
  isIntegral,
  isNumeric,
  isSameType,
} from './spark-types.ts'
import type { SparkType } from './spark-types.ts'
import { callNode, castNode, isNode, textConstant, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** Types by the name that DuckDB's parser gives them, or by Spark's where it knows none. */
const TYPE_NAMES: ReadonlyMap<string, SparkType> = new Map<string, SparkType>([
  ['BOOLEAN', { kind: 'boolean' }],
  ['TINYINT', { kind: 'byte' }],
  ['byte', { kind: 'byte' }],
  ['SMALLINT', { kind: 'short' }],
  ['INTEGER', { kind: 'int' }],
  ['BIGINT', { kind: 'long' }],
  ['FLOAT', { kind: 'float' }],
  ['DOUBLE', { kind: 'double' }],
  ['VARCHAR', { kind: 'string' }],
  ['BLOB', { kind: 'binary' }],
  ['DATE', { kind: 'date' }],
  ['TIME', { kind: 'time' }],
  ['UUID', { kind: 'uuid' }],
  ['TIMESTAMP', { kind: 'timestamp' }],
  ['TIMESTAMP WITH TIME ZONE', { kind: 'timestamp' }],
  ['timestamp_ltz', { kind: 'timestamp' }],
  ['timestamp_ntz', { kind: 'timestamp_ntz' }],
])

/** The type that a cast names; null when Spark has no such type. */
export function namedType(type: SqlNode): SparkType | null {
  const info = type['type_info']
  if (!isNode(info)) return TYPE_NAMES.get(textIn(type, 'id')) ?? null
  switch (type['id']) {
    case 'UNBOUND':
      return TYPE_NAMES.get(textIn(info, 'name').toLowerCase()) ?? null
    case 'DECIMAL':
      return { kind: 'decimal', precision: Number(info['width']), scale: Number(info['scale']) }
    default:
      return null
  }
}

/** What becomes of a value that is none of the other type. */
export type Misfit = 'error' | 'null'

/**
 * What stands for `at`: a value as one of another type.
 *
 * @throws IcebergError `unsupported` for a pair of types that is not known, `invalid` for a literal that is no such value
 */
export function castTo(
  faults: Faults,
  at: SqlNode,
  { node, type, source }: TypedNode,
  target: SparkType,
  misfit: Misfit = 'error',
): SqlNode {
  if (isSameType(type, target)) return node
  const text = textConstant(source)
  if (text !== null && misfit === 'error') checkText(faults, source, text, target)
  const way = wayOf(type, target)
  if (way === null) {
    const context = { from: formatSparkType(type), to: formatSparkType(target) }
    throw faults.unsupported(
      'this cast is refused: its values are not known to be those of Spark, so cast by way of another type',
      at,
      context,
    )
  }
  const between =
    way.by !== undefined
      ? castNode(at, node, duckdbTypeNode({ kind: way.by }))
      : way.macro !== undefined
        ? callNode(at, macroName(way.macro, misfit), [node, faults.place(at)])
        : node
  if (way.isDone === true) return between
  return { ...castNode(at, between, duckdbTypeNode(target)), try_cast: misfit === 'null' }
}

/** Whether a text is a value is for a macro to say. */
function macroName(name: string, misfit: Misfit): string {
  const isLenient = misfit === 'null' && LENIENT_CASTS.has(name)
  return MACRO_PREFIX + name + (isLenient ? OR_NULL : '')
}

/** What is done before DuckDB's own cast, and whether that does it. */
interface Way {
  readonly by?: 'string' | 'int'
  readonly macro?: string
  readonly isDone?: boolean
}

const PLAIN: Way = {}

function wayOf(from: SparkType, to: SparkType): Way | null {
  if (from.kind === 'void') return PLAIN
  if (from.kind === 'string') return FROM_TEXT[to.kind] ?? null
  if (to.kind === 'string') return TO_TEXT[from.kind] ?? null
  if (isNumeric(from)) return fromNumber(from, to)
  switch (from.kind) {
    case 'boolean':
      if (to.kind === 'decimal') return { by: 'int' }
      return isNumeric(to) ? PLAIN : null
    case 'date':
      return isMoment(to) ? PLAIN : null
    case 'timestamp':
      if (to.kind === 'long') return { macro: 'seconds', isDone: true }
      return to.kind === 'date' || isMoment(to) ? PLAIN : null
    case 'timestamp_ntz':
      return to.kind === 'date' || isMoment(to) ? PLAIN : null
    default:
      return null
  }
}

function isMoment(type: SparkType): boolean {
  return type.kind === 'timestamp' || type.kind === 'timestamp_ntz'
}

/** Digits that a double holds for sure, so that a decimal becomes the nearest one in a single step. */
const DOUBLE_DIGITS = 15

function fromNumber(from: SparkType, to: SparkType): Way | null {
  if (to.kind === 'boolean') return { macro: 'is_not_zero', isDone: true }
  if (isIntegral(from)) {
    if (to.kind === 'timestamp') return { macro: 'from_seconds', isDone: true }
    return isNumeric(to) ? PLAIN : null
  }
  // Fractions are cut off in Spark, and rounded in DuckDB.
  if (isIntegral(to)) return { macro: 'whole' }
  if (isFloating(from)) return fromFloating(to)
  if (to.kind === 'decimal') return PLAIN
  if (!isFloating(to)) return null
  const isExact = to.kind === 'double' && (asDecimal(from)?.precision ?? 0) <= DOUBLE_DIGITS
  return isExact ? PLAIN : { by: 'string' }
}

function fromFloating(to: SparkType): Way | null {
  if (to.kind === 'float') return { macro: 'float_of_double' }
  return to.kind === 'double' ? PLAIN : null
}

type Ways = Readonly<Partial<Record<SparkType['kind'], Way>>>

const FROM_TEXT: Ways = {
  byte: { macro: 'whole_text' },
  short: { macro: 'whole_text' },
  int: { macro: 'whole_text' },
  long: { macro: 'whole_text' },
  float: { macro: 'number_text' },
  double: { macro: 'number_text' },
  decimal: { macro: 'decimal_text' },
  boolean: { macro: 'truth', isDone: true },
  date: { macro: 'date_text' },
  timestamp: { macro: 'moment_text' },
  timestamp_ntz: { macro: 'local_text' },
  binary: { macro: 'bytes', isDone: true },
  time: PLAIN,
  uuid: PLAIN,
}

/** Floats are written otherwise in Java, and values with parts have no text that both agree on. */
const TO_TEXT: Ways = {
  boolean: PLAIN,
  byte: PLAIN,
  short: PLAIN,
  int: PLAIN,
  long: PLAIN,
  decimal: PLAIN,
  time: PLAIN,
  uuid: PLAIN,
  date: { macro: 'text_of_date', isDone: true },
  timestamp: { macro: 'text_of_moment', isDone: true },
  timestamp_ntz: { macro: 'text_of_moment', isDone: true },
  binary: { macro: 'text_of_bytes', isDone: true },
}

const WHOLE = [/^\s*[+-]?\d+\s*$/, 'text is no whole number'] as const
const NUMBER = [
  /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/,
  'text is no number',
] as const
const MOMENT = [
  /^\s*\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})?)?\s*$/,
  'text is no timestamp',
] as const

/** What a literal must look like, so that it is refused where it stands rather than where its first row is read. */
const SHAPES: Readonly<Partial<Record<SparkType['kind'], readonly [RegExp, string]>>> = {
  byte: WHOLE,
  short: WHOLE,
  int: WHOLE,
  long: WHOLE,
  float: NUMBER,
  double: NUMBER,
  date: [/^\s*\d{4}-\d{1,2}-\d{1,2}(?:[ T].*)?\s*$/, 'text is no date'],
  timestamp: MOMENT,
  timestamp_ntz: MOMENT,
}

function checkText(faults: Faults, source: SqlNode, text: string, target: SparkType): void {
  const [shape, message] = SHAPES[target.kind] ?? []
  if (shape === undefined || message === undefined || shape.test(text)) return
  throw faults.invalid(message, source)
}
