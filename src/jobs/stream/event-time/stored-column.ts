import type { PrimitiveType } from '../../../types/type.ts'
import type { Value } from '../../../types/value.ts'

/** One of the columns that groups are kept as, between batches. */
export interface StoredColumn {
  readonly type: PrimitiveType
  readonly get: (group: number) => Value | null
  /** Takes what {@link get} gave, for a group that has begun. */
  readonly set: (group: number, value: Value | null) => void
}

export const LONG: PrimitiveType = { kind: 'long' }
export const DOUBLE: PrimitiveType = { kind: 'double' }
export const TEXT: PrimitiveType = { kind: 'string' }
