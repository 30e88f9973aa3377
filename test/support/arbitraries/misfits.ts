import fc from 'fast-check'
import { unreachable } from '../../../src/base/assert.ts'
import type { Field, PrimitiveType, Type } from '../../../src/types/type.ts'

/** A field with a wrong value, and the path that leads to what is wrong in it. */
export interface Misfit {
  readonly input: unknown
  readonly path: string
}

/** Values that programs might put into a field of a row, and that no field of its type holds, at any depth. */
export function anyMisfitOf({ name, type, required }: Field): fc.Arbitrary<Misfit> {
  const anyWrong = fc.oneof(
    fc.constantFrom(...strayValues(type)),
    ...(required ? [fc.constant(null)] : []),
  )
  const atField = anyWrong.map((input) => ({ input, path: name }))
  return fc.oneof(atField, ...insideOf(type).map((anyInner) => anyInner.map(prefixed(name))))
}

function prefixed(name: string): (misfit: Misfit) => Misfit {
  return ({ input, path }) => ({ input, path: `${name}${path}` })
}

/** What is wrong further inside, with the way to it. */
function insideOf(type: Type): readonly fc.Arbitrary<Misfit>[] {
  switch (type.kind) {
    case 'struct':
      return [
        fc.constant({ input: { 'no such field': 1 }, path: '.no such field' }),
        ...(type.fields.some(({ required }) => required)
          ? []
          : type.fields.map((field) =>
              anyMisfitOf(field).map(({ input, path }) => ({
                input: { [field.name]: input },
                path: `.${path}`,
              })),
            )),
      ]
    case 'list': {
      const element = { id: 0, name: '', required: type.elementRequired, type: type.element }
      return [
        anyMisfitOf(element).map(({ input, path }) => ({ input: [input], path: `[0]${path}` })),
      ]
    }
    case 'map':
      return [
        anyMisfitOf({ id: 0, name: '', required: true, type: type.key }).map(({ input, path }) => ({
          input: [[input, null]],
          path: `[0].key${path}`,
        })),
      ]
    default:
      return []
  }
}

/** Values of other types, and some just beyond what the type holds. */
function strayValues(type: Type): readonly unknown[] {
  const strange = [Symbol('x'), () => 1]
  switch (type.kind) {
    case 'struct':
      return [...strange, 1, 'x', true, [1]]
    case 'list':
      return [...strange, 1, 'x', true, { length: 0 }, new Uint8Array(2)]
    case 'map':
      return [...strange, 1, 'x', true, [1], [[1]], [[1, 2, 3]]]
    case 'variant':
      return strange
    default:
      return [...strange, ...strayPrimitives(type)]
  }
}

function strayPrimitives(type: PrimitiveType): readonly unknown[] {
  switch (type.kind) {
    case 'boolean':
      return [0, 1n, 'true', {}]
    case 'int':
      return [1.5, 2 ** 31, -(2n ** 31n) - 1n, Number.NaN, '1', true]
    case 'long':
      return [1.5, 2 ** 53, 2n ** 63n, -(2n ** 63n) - 1n, Infinity, '1', true]
    case 'float':
    case 'double':
      return ['1', true, 2n ** 1024n, 2n ** 53n + 1n, {}]
    case 'decimal':
      return [
        1,
        true,
        'one',
        `1${'0'.repeat(type.precision - type.scale)}`,
        `0.${'0'.repeat(type.scale)}1`,
        { unscaled: 10n ** BigInt(type.precision), scale: type.scale },
        { unscaled: 1, scale: type.scale },
      ]
    case 'date':
      return ['2026-02-30', 'today', 1.5, 1, 2n ** 31n, new Date(1), new Date(Number.NaN)]
    case 'time':
      return ['24:00:00', 86_400_000_000n, -1n, 1, true]
    case 'timestamp':
    case 'timestamp_ns':
      return ['2026-01-31T24:00:01', '2026-01-31T12:00:00Z', 2n ** 63n, 1.5, true]
    case 'timestamptz':
    case 'timestamptz_ns':
      return ['2026-01-31T12:00:00', '2026-02-30T12:00:00Z', 2n ** 63n, new Date(Number.NaN), true]
    case 'string':
      return [1, true, '\ud800', ['x'], {}]
    case 'uuid':
      return ['f79c3e09', new Uint8Array(15), 1]
    case 'fixed':
      return [new Uint8Array(type.length + 1), 'ab', [1], 1]
    case 'binary':
      return ['ab', [1], 1, new ArrayBuffer(1)]
    case 'unknown':
      return [1, 'x', false, {}]
    case 'geometry':
    case 'geography':
      return []
    default:
      return unreachable(type)
  }
}
