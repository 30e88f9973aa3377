// Passing over values of which nothing is wanted. Compiled once a type; integers that follow each other are passed over in
// one go, because most of a manifest is integers.
import { unreachable } from '../../base/assert.ts'
import type { AvroType } from './avro-type.ts'
import type { BinaryReader } from './binary-reader.ts'

export type Skip = (reader: BinaryReader) => void

/** Passes over one value of that type. */
export function skip(type: AvroType): Skip {
  return inTurn(stepsOf(type))
}

type Step =
  | { readonly kind: 'integers'; readonly count: number }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'other'; readonly pass: Skip }

function stepsOf(type: AvroType): readonly Step[] {
  switch (type.kind) {
    case 'null':
      return []
    case 'boolean':
      return [{ kind: 'fixed', size: 1 }]
    case 'int':
    case 'long':
    case 'enum':
      return [{ kind: 'integers', count: 1 }]
    case 'float':
      return [{ kind: 'fixed', size: 4 }]
    case 'double':
      return [{ kind: 'fixed', size: 8 }]
    case 'fixed':
      return [{ kind: 'fixed', size: type.size }]
    case 'bytes':
    case 'string':
      return [{ kind: 'bytes' }]
    case 'array':
      return [{ kind: 'other', pass: skipItems(stepsOf(type.items)) }]
    case 'map':
      return [{ kind: 'other', pass: skipItems([{ kind: 'bytes' }, ...stepsOf(type.values)]) }]
    case 'union':
      return [{ kind: 'other', pass: skipUnion(type.branches) }]
    case 'record':
      return joined(type.fields.flatMap((field) => stepsOf(field.type)))
    default:
      return unreachable(type)
  }
}

/** Steps of one kind that follow each other as one. */
function joined(steps: readonly Step[]): readonly Step[] {
  const result: Step[] = []
  for (const step of steps) {
    const last = result.at(-1)
    if (last?.kind === 'integers' && step.kind === 'integers') {
      result[result.length - 1] = { kind: 'integers', count: last.count + step.count }
    } else if (last?.kind === 'fixed' && step.kind === 'fixed') {
      result[result.length - 1] = { kind: 'fixed', size: last.size + step.size }
    } else result.push(step)
  }
  return result
}

function inTurn(steps: readonly Step[]): Skip {
  const passes = steps.map(passOf)
  const [first, second, ...others] = passes
  if (first === undefined) return () => undefined
  if (second === undefined) return first
  if (others.length > 0) {
    return (reader) => {
      for (const pass of passes) pass(reader)
    }
  }
  return (reader) => {
    first(reader)
    second(reader)
  }
}

function passOf(step: Step): Skip {
  switch (step.kind) {
    case 'integers': {
      const { count } = step
      return (reader) => reader.skipIntegers(count)
    }
    case 'fixed': {
      const { size } = step
      return (reader) => reader.skipFixed(size)
    }
    case 'bytes':
      return (reader) => reader.skipBytes()
    case 'other':
      return step.pass
    default:
      return unreachable(step)
  }
}

function skipItems(steps: readonly Step[]): Skip {
  const skipBlock = skipBlockOf(joined(steps))
  return (reader) => {
    for (let items = reader.blockCount(); items > 0; items = reader.blockCount()) {
      skipBlock(reader, items)
    }
  }
}

/** Maps of counts and of bounds are passed over without a call an item. */
function skipBlockOf(item: readonly Step[]): (reader: BinaryReader, items: number) => void {
  const [first, second, third] = item
  if (first?.kind === 'integers' && second === undefined) {
    const { count } = first
    return (reader, items) => reader.skipIntegers(items * count)
  }
  if (first?.kind === 'integers' && first.count === 1 && second?.kind === 'bytes' && !third) {
    return (reader, items) => reader.skipKeyedBytes(items)
  }
  const skipItem = inTurn(item)
  return (reader, items) => {
    for (let left = items; left > 0; left -= 1) skipItem(reader)
  }
}

function skipUnion(branches: readonly AvroType[]): Skip {
  const passes = branches.map((branch) => (branch.kind === 'null' ? null : skip(branch)))
  return (reader) => {
    const index = reader.index(passes.length)
    passes[index]?.(reader)
  }
}
