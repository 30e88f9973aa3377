import { unreachable } from '../../../base/assert.ts'
import { IcebergError } from '../../../base/errors.ts'
import { MAX_DECIMAL_PRECISION } from '../../../types/decimal-text.ts'
import { formatType, isPrimitive } from '../../../types/type.ts'
import type { PrimitiveType, Type } from '../../../types/type.ts'
import { hasValues } from '../../../types/without-values.ts'
import type { Measure } from './definition.ts'

export type DecimalType = Extract<PrimitiveType, { kind: 'decimal' }>

/**
 * The type of a measure, as Spark gives it.
 *
 * @param type of the column that it is of; null for all rows
 * @throws IcebergError `invalid` when there is no such measure of it
 */
export function measureType(measure: Measure, type: PrimitiveType | null): PrimitiveType {
  const { fn } = measure
  switch (fn) {
    case 'count':
      return { kind: 'long' }
    case 'sum':
    case 'avg':
      return type === null ? misfit(measure, type) : numberType(measure, type)
    case 'min':
    case 'max':
      return type ?? misfit(measure, type)
    default:
      return unreachable(fn)
  }
}

function numberType(measure: Measure, type: PrimitiveType): PrimitiveType {
  const isSum = measure.fn === 'sum'
  switch (type.kind) {
    case 'int':
    case 'long':
      return { kind: isSum ? 'long' : 'double' }
    case 'float':
    case 'double':
      return { kind: 'double' }
    case 'decimal':
      return isSum ? sumOfDecimals(type) : meanOfDecimals(type)
    default:
      return misfit(measure, type)
  }
}

function sumOfDecimals({ precision, scale }: DecimalType): DecimalType {
  return { kind: 'decimal', precision: atMost(precision + 10), scale }
}

function meanOfDecimals({ precision, scale }: DecimalType): DecimalType {
  return { kind: 'decimal', precision: atMost(precision + 4), scale: atMost(scale + 4) }
}

function atMost(digits: number): number {
  return Math.min(MAX_DECIMAL_PRECISION, digits)
}

/** Whether values can be told apart and put in order: what windows are kept apart by, and what has a lowest. */
export function isPlain(type: Type): type is PrimitiveType {
  return isPrimitive(type) && hasValues(type) && type.kind !== 'unknown'
}

function misfit({ name, fn, column }: Measure, type: Type | null): never {
  throw new IcebergError('invalid', 'a measure does not fit the type of its column', {
    context: {
      measure: name,
      fn,
      column: column ?? 'none',
      type: type === null ? 'none' : formatType(type),
    },
  })
}
