/** Which function of Spark a call is, and what it becomes. A name that is in no table is refused. */
import { fitted, rulesOf } from './function-table.ts'
import type { FunctionRule, Result } from './function-table.ts'
import { COLLECTION_FUNCTIONS } from './functions-of-collections.ts'
import { NUMBER_FUNCTIONS } from './functions-of-numbers.ts'
import { TEXT_FUNCTIONS } from './functions-of-text.ts'
import { TIME_FUNCTIONS } from './functions-of-time.ts'
import { cast, checkedMacro, unknownFunction, wrongArguments } from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import { SPECIAL_FUNCTIONS } from './spark-specials.ts'
import { duckdbTypeNode } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'
import { castNode } from './syntax-tree.ts'

const RULES: ReadonlyMap<string, readonly FunctionRule[]> = rulesOf([
  ...TEXT_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
])

/** @throws IcebergError `unsupported` for a function or arguments that are not known to mean the same */
export function translateCall(call: SparkCall): Translated {
  const special = SPECIAL_FUNCTIONS.get(call.name)?.(call) ?? null
  if (special !== null) return special
  const rules = RULES.get(call.name)
  if (rules === undefined) throw unknownFunction(call)
  const sameCount = rules.filter(({ parameters }) => parameters.length === call.args.length)
  if (sameCount.length === 0)
    throw call.faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      call.node,
      { function: call.name },
    )
  for (const rule of sameCount) {
    const types = rule.parameters.map((parameter, index) =>
      fitted(parameter, call.args[index]?.type ?? { kind: 'void' }),
    )
    const known = types.filter((type) => type !== null)
    if (known.length === types.length) return applied(call, rule, known)
  }
  throw wrongArguments(call)
}

function applied(call: SparkCall, rule: FunctionRule, types: readonly SparkType[]): Translated {
  const args = call.args.map((argument, index) =>
    cast(call, argument, types[index] ?? argument.type),
  )
  const type = resultType(rule.result, types)
  return {
    node: castNode(call.node, checkedMacro(call, rule.macro, args), duckdbTypeNode(type)),
    type,
  }
}

function resultType(result: Result, types: readonly SparkType[]): SparkType {
  if (typeof result === 'function') return result(types)
  if (result === 'SAME') return types[0] ?? { kind: 'void' }
  return { kind: result }
}
