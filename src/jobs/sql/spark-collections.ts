/** Arrays, maps and structs: how they are made, and what is in them. */
import {
  cast,
  checkArity,
  checkedMacro,
  commonOf,
  macro,
  unify,
  wrongArguments,
} from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import type { TypedNode } from './spark-expression.ts'
import { duckdbTypeNode, formatSparkType } from './spark-types.ts'
import type { SparkColumn, SparkType } from './spark-types.ts'
import { callNode, castNode, textConstant, textIn, textsIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

const INT: SparkType = { kind: 'int' }
const BOOLEAN: SparkType = { kind: 'boolean' }

export function array(call: SparkCall): Translated {
  const { type, nodes } = unify(call.faults, call.node, call.args)
  if (nodes.length === 0)
    throw call.faults.unsupported(
      'an array without elements is refused: it has no type here, so use null with a cast',
      call.node,
    )
  return { node: callNode(call.node, 'list_value', nodes), type: { kind: 'array', element: type } }
}

export function map(call: SparkCall): Translated {
  if (call.args.length === 0 || call.args.length % 2 !== 0)
    throw call.faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      call.node,
      { function: 'map' },
    )
  const keys = unify(
    call.faults,
    call.node,
    call.args.filter((_each, index) => index % 2 === 0),
  )
  const values = unify(
    call.faults,
    call.node,
    call.args.filter((_each, index) => index % 2 === 1),
  )
  const lists = [keys, values].map(({ nodes }) => callNode(call.node, 'list_value', nodes))
  return {
    node: callNode(call.node, 'map', lists),
    type: { kind: 'map', key: keys.type, value: values.type },
  }
}

/** Fields are named for their columns, others by their numbers. */
export function struct(call: SparkCall): Translated {
  const fields = call.args.map((argument, index) => ({
    name: nameOf(argument.source) ?? `col${index + 1}`,
    argument,
  }))
  return packed(call, fields)
}

function nameOf(source: SqlNode): string | undefined {
  const alias = textIn(source, 'alias')
  if (alias !== '') return alias
  return source['class'] === 'COLUMN_REF' ? textsIn(source, 'column_names').at(-1) : undefined
}

export function namedStruct(call: SparkCall): Translated {
  const fields = call.args.flatMap((argument, index) => {
    const value = call.args[index + 1]
    if (index % 2 === 1) return []
    const name = textConstant(argument.source)
    if (name === null || value === undefined)
      throw call.faults.unsupported(
        'the name of a field is refused unless it is a literal: the type depends on it, so write it down',
        call.node,
      )
    return [{ name, argument: value }]
  })
  return packed(call, fields)
}

function packed(
  call: SparkCall,
  fields: readonly { readonly name: string; readonly argument: TypedNode }[],
): Translated {
  if (fields.length === 0)
    throw call.faults.unsupported(
      'a struct without fields is refused: tables have none such, so give it a field',
      call.node,
    )
  const columns: SparkColumn[] = fields.map(({ name, argument }) => ({ name, type: argument.type }))
  const node = callNode(call.node, 'struct_pack', [])
  const children = fields.map(({ name, argument }) => ({ ...argument.node, alias: name }))
  return { node: { ...node, children }, type: { kind: 'struct', fields: columns } }
}

export function contains(call: SparkCall): Translated {
  const [list, value] = elements(call)
  return { node: macro(call, 'holds', [list, value]), type: BOOLEAN }
}

/** From 1; 0 when it is not there. */
export function position(call: SparkCall): Translated {
  const type: SparkType = { kind: 'long' }
  const node = macro(call, 'position', elements(call))
  return { node: castNode(call.node, node, duckdbTypeNode(type)), type }
}

/** An array and a value, both of one type. */
function elements(call: SparkCall): [SqlNode, SqlNode] {
  checkArity(call, 2)
  const [list, value] = call.args
  if (list?.type.kind !== 'array' || value === undefined) throw wrongArguments(call)
  const type = commonOf(call.faults, call.node, list.type.element, value.type)
  if (formatSparkType(type) !== formatSparkType(list.type.element)) throw wrongArguments(call)
  return [list.node, cast(call, value, type)]
}

export function elementOfMap(call: SparkCall): Translated | null {
  const [value, key] = call.args
  if (value?.type.kind !== 'map' || key === undefined) return null
  const { type } = value
  return {
    node: macro(call, 'of_key', [value.node, cast(call, key, type.key)]),
    type: type.value,
  }
}

export function containsKey(call: SparkCall): Translated {
  checkArity(call, 2)
  const [value, key] = call.args
  if (value?.type.kind !== 'map' || key === undefined) throw wrongArguments(call)
  const keys = callNode(call.node, 'map_keys', [value.node])
  return { node: macro(call, 'holds', [keys, cast(call, key, value.type.key)]), type: BOOLEAN }
}

/** `x[i]` of an array, from 0, or of a map. */
export function subscript(call: SparkCall): Translated {
  const [value, key] = call.args
  if (value === undefined || key === undefined) throw wrongArguments(call)
  switch (value.type.kind) {
    case 'array': {
      if (!/^(?:byte|short|int)$/.test(key.type.kind)) throw wrongArguments(call)
      const index = cast(call, key, INT)
      return { node: checkedMacro(call, 'at', [value.node, index]), type: value.type.element }
    }
    case 'map': {
      const found = macro(call, 'of_key', [value.node, cast(call, key, value.type.key)])
      return { node: found, type: value.type.value }
    }
    case 'struct':
      return field(call, value, textConstant(key.source) ?? '')
    default:
      throw wrongArguments(call)
  }
}

/** A field of a struct, found without case. */
export function field(call: SparkCall, value: TypedNode, name: string): Translated {
  const fields = value.type.kind === 'struct' ? value.type.fields : []
  const found = fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
  if (found === undefined) throw call.faults.invalid('no such field', call.node, { field: name })
  const key = {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    query_location: 0,
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: found.name },
  }
  return { node: callNode(call.node, 'struct_extract', [value.node, key]), type: found.type }
}
