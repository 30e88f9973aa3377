import { describe, expect, it } from 'vitest'

import { GrowingMemory } from '../../../../src/formats/arrow/growing-memory.ts'

describe('memory that grows', () => {
  it('keeps what it has, and is a whole number of words of eight bytes', () => {
    const memory = new GrowingMemory()
    memory.reserve(3)
    memory.bytes.set([1, 2, 3])
    expect(memory.capacity).toBe(8)
    memory.reserve(9)
    expect([...memory.bytes.subarray(0, 9)]).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0])
    expect(memory.capacity % 8).toBe(0)
  })

  it('has as much as is asked for at first, and some times that later', () => {
    const memory = new GrowingMemory()
    memory.reserve(1000)
    expect(memory.capacity).toBe(1000)
    memory.reserve(1001)
    expect(memory.capacity).toBe(5000)
    memory.reserve(4000)
    expect(memory.capacity).toBe(5000)
    memory.reserve(1 << 20)
    memory.reserve((1 << 20) + 1)
    expect(memory.capacity).toBe(1.5 * (1 << 20))
  })
})
