// Facts about a table, which are spelled as JSON spells them, as rows to be made batches of.
import { IcebergError } from '../../base/errors.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import { inputFromJson } from '../../types/text-input.ts'
import type { Facts } from '../../scan/facts/facts.ts'
import type { Schema } from '../../types/schema.ts'
import type { Field, MapType, Type } from '../../types/type.ts'
import { valueFromInput } from '../../types/value-input.ts'

/** Rows of a schema from facts by the names of its columns; what the schema does not have is left out. */
export function inputFromFacts({ fields }: Pick<Schema, 'fields'>): (facts: Facts) => object {
  const members = fields.map(({ name, type }) => ({ name, convert: converterOf(type) }))
  return (facts) =>
    Object.fromEntries(members.map(({ name, convert }) => [name, convert(facts[name] ?? null)]))
}

type Converter = (fact: unknown) => unknown

function converterOf(type: Type): Converter {
  switch (type.kind) {
    case 'struct':
      return structConverter(type.fields)
    case 'map':
      return mapConverter(type)
    case 'list': {
      const convert = converterOf(type.element)
      return (fact) => (Array.isArray(fact) ? fact.map(convert) : null)
    }
    // A bound may be of any type, and is shown as a text.
    case 'string':
      return (fact) => (typeof fact === 'string' || fact === null ? fact : stringifyJson(fact))
    default: {
      const convert = inputFromJson(type)
      return (fact) => valueOrNull(type, convert(fact))
    }
  }
}

function structConverter(fields: readonly Field[]): Converter {
  const convert = inputFromFacts({ fields })
  return (fact) => {
    if (typeof fact !== 'object' || fact === null) return null
    return convert(
      fact instanceof Map ? Object.fromEntries(fact) : Object.fromEntries(Object.entries(fact)),
    )
  }
}

/** Keys are names in JSON, of numbers too. */
function mapConverter({ key, value }: MapType): Converter {
  const convert = converterOf(value)
  const keyOf = key.kind === 'string' ? (name: string) => name : Number
  return (fact) => {
    if (!(fact instanceof Map)) return null
    return Array.from(fact, ([name, item]) => [keyOf(String(name)), convert(item)])
  }
}

/** Bounds that nobody can read are shown as their bytes, which no other type takes. */
function valueOrNull(type: Type, input: unknown): unknown {
  try {
    valueFromInput(type, input, '')
    return input
  } catch (error) {
    if (error instanceof IcebergError) return null
    throw error
  }
}
