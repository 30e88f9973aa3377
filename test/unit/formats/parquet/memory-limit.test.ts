import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { withMemoryLimit } from '../../../../src/formats/parquet/memory-limit.ts'
import { runs } from '../../../support/runs.ts'

/** A module of nothing but memory, of one page at least, which it exports as `m`, with an unknown section before it. */
function moduleWith(before: readonly number[]): Uint8Array {
  const custom = [0, before.length + 2, 1, 0x78, ...before]
  const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  return Uint8Array.from([...magic, ...custom, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x6d, 2, 0])
}

/** What the declarations of Node leave to those of browsers. */
interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: { readonly m: Memory } }
}

function memoryOf(bytes: Uint8Array): Memory {
  // It is there in every Node, and the module exports nothing but its memory.
  const { Module, Instance } = Reflect.get(globalThis, 'WebAssembly') as WebAssemblyGlobal
  return new Instance(new Module(bytes)).exports.m
}

describe('a module with a limit', () => {
  it('never has more memory than that', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.nat(255), { maxLength: 100 }),
        (pages, before) => {
          const memory = memoryOf(withMemoryLimit(moduleWith(before), pages))
          memory.grow(pages - 1)
          expect(memory.buffer.byteLength).toBe(pages * 65_536)
          expect(() => memory.grow(1)).toThrow(RangeError)
        },
      ),
      runs(100),
    )
  })

  it('cannot be made of one without memory', () => {
    expect(() => withMemoryLimit(moduleWith([]).subarray(0, 8), 1)).toThrow(RangeError)
  })
})
