import type { Data } from 'apache-arrow'
import type { Type } from '../../types/type.ts'
import type { Value } from '../../types/value.ts'
import { createColumnBuilder } from './column-builders.ts'
import { takeColumn } from './take.ts'

/** How to make columns that hold one value in every row. Each has buffers of its own. */
export function constantColumn(type: Type, value: Value): (length: number) => Data {
  const builder = createColumnBuilder(type)
  builder.append(value)
  const single = builder.finish()
  return (length) => takeColumn(single, new Uint32Array(length))
}
