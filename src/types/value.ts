/**
 * How each type is held in JavaScript, exactly. What a value means is said by its type beside it.
 *
 * | type | held as |
 * | --- | --- |
 * | boolean | `boolean` |
 * | int | `number`, a 32-bit integer |
 * | long | `bigint`, 64 bits |
 * | float, double | `number`; a float is a number that `Math.fround` leaves alone |
 * | decimal | `bigint`: the unscaled value |
 * | date | `number`: days from 1970-01-01, 32 bits |
 * | time | `bigint`: microseconds from midnight, in `[0, 86400000000)` |
 * | timestamp, timestamptz | `bigint`: microseconds from 1970-01-01T00:00:00 (UTC), 64 bits |
 * | timestamp_ns, timestamptz_ns | `bigint`: nanoseconds from 1970-01-01T00:00:00 (UTC), 64 bits |
 * | string | `string`, well-formed |
 * | uuid, fixed, binary | `Uint8Array`, a uuid's 16 bytes in the order they are written |
 * | geometry, geography | `Uint8Array`: well-known binary |
 * | unknown | nothing but null |
 * | struct | array of field values in the order of the type's fields |
 * | list | array of element values |
 * | map | array of `[key, value]` pairs |
 */
export type Value = PrimitiveValue | NestedValue

export type PrimitiveValue = boolean | number | bigint | string | Uint8Array

export type NestedValue = readonly (Value | null)[]
