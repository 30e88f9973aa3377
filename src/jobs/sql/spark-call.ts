/** A call of a function while it is translated: its arguments, and what is done with them. */
import { castTo } from './spark-casts.ts'
import type { SessionTime } from './clock.ts'
import type { TypedNode } from './spark-expression.ts'
import type { Faults } from './spark-faults.ts'
import { MACRO_PREFIX } from './spark-macros.ts'
import { commonType, formatSparkType } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'
import { callNode, textConstant, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

export interface SparkCall {
  /** In lower case. */
  readonly name: string
  /** The call as it was written. */
  readonly node: SqlNode
  readonly args: readonly TypedNode[]
  readonly faults: Faults
  readonly now: SessionTime
}

/** What a call has become. */
export interface Translated {
  readonly node: SqlNode
  readonly type: SparkType
}

export function cast(call: SparkCall, argument: TypedNode, target: SparkType): SqlNode {
  return castTo(call.faults, argument.source, argument, target)
}

/** A macro in place of the call. */
export function macro(call: SparkCall, name: string, args: readonly SqlNode[]): SqlNode {
  return callNode(call.node, MACRO_PREFIX + name, args)
}

/** A macro that may refuse a value: it takes the place of the call for its last argument. */
export function checkedMacro(call: SparkCall, name: string, args: readonly SqlNode[]): SqlNode {
  return macro(call, name, [...args, call.faults.place(call.node)])
}

/** For arguments of types that the function is not known for. */
export function wrongArguments({ faults, node, name, args }: SparkCall): Error {
  return faults.unsupported(
    'a function of arguments of such types is refused: it is not known to mean the same for them as in Spark, so cast them',
    node,
    { function: name, types: args.map(({ type }) => formatSparkType(type)).join(', ') },
  )
}

/** Nodes of one type. @throws IcebergError `unsupported` when there is none for all of them */
export function unify(
  faults: Faults,
  at: SqlNode,
  nodes: readonly TypedNode[],
): { readonly type: SparkType; readonly nodes: readonly SqlNode[] } {
  const type = nodes.reduce<SparkType>((common, each) => commonOf(faults, at, common, each.type), {
    kind: 'void',
  })
  return { type, nodes: nodes.map((each) => castTo(faults, each.source, each, type)) }
}

export function commonOf(
  faults: Faults,
  at: SqlNode,
  left: SparkType,
  right: SparkType,
): SparkType {
  const type = commonType(left, right)
  if (type !== null) return type
  throw faults.unsupported(
    'values of these types are refused beside each other: Spark has no type for both that is known here, so cast one of them',
    at,
    {
      left: formatSparkType(left),
      right: formatSparkType(right),
    },
  )
}

/** The text of an argument that must be written down, because what the call becomes depends on it. */
export function literalText(call: SparkCall, index: number, what: string): string {
  const argument = call.args[index]
  const text = argument === undefined ? null : textConstant(argument.source)
  if (text === null) throw notLiteral(call, what)
  return text
}

/** The same for a whole number. */
export function literalInteger(call: SparkCall, index: number, what: string): number {
  const argument = call.args[index]
  const value: unknown = argument?.source['value']
  const number =
    argument?.source['class'] === 'CONSTANT' && typeof value === 'object' && value !== null
      ? (value as SqlNode)['value']
      : undefined
  const isWhole = argument?.type.kind === 'int' && typeof number === 'number'
  if (!isWhole) throw notLiteral(call, what)
  return number
}

function notLiteral(call: SparkCall, what: string): Error {
  return call.faults.unsupported(
    `${what} is refused unless it is a literal: what the function means depends on it, so write it down`,
    call.node,
  )
}

export function unknownFunction({ faults, node }: Pick<SparkCall, 'faults' | 'node'>): Error {
  return faults.unsupported(
    'this function is refused: it is not known to mean the same here as in Spark, so write the query without it',
    node,
    { function: textIn(node, 'function_name') },
  )
}

/** @throws IcebergError `unsupported` unless there are so many arguments */
export function checkArity(call: SparkCall, least: number, most: number = least): void {
  if (call.args.length >= least && call.args.length <= most) return
  throw call.faults.unsupported(
    'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
    call.node,
    { function: call.name },
  )
}
