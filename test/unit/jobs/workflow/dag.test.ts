import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../../src/base/errors.ts'
import { findCycle, orderNodes, runNodes } from '../../../../src/jobs/workflow/dag.ts'
import type { DagNode } from '../../../../src/jobs/workflow/dag.ts'
import { runs } from '../../../support/runs.ts'

type Graph = Readonly<Record<string, readonly string[]>>

function nodesOf(graph: Graph, retries = 0): readonly (DagNode & { readonly retries: number })[] {
  return Object.entries(graph).map(([name, dependencies]) => ({ name, dependencies, retries }))
}

/** Up to eight nodes, with any dependencies among them. */
const anyNodes = fc.integer({ min: 0, max: 8 }).chain((size) => {
  const names = Array.from({ length: size }, (_, index) => `job-${index}`)
  return fc.tuple(
    ...names.map((name) =>
      fc.record({
        name: fc.constant(name),
        dependencies: fc.subarray(names, { maxLength: Math.min(3, size) }),
        retries: fc.constant(0),
      }),
    ),
  )
})

/** The same without cycles: each waits only for nodes before it, and then they are shuffled. */
const anyDag = anyNodes
  .map((nodes) =>
    nodes.map((node) => ({
      ...node,
      dependencies: node.dependencies.filter((name) => name < node.name),
    })),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }))

describe('orderNodes', () => {
  it('keeps the order given where nothing waits', () => {
    expect(orderNodes(nodesOf({ b: [], a: [], c: [] })).map((node) => node.name)).toEqual([
      'b',
      'a',
      'c',
    ])
  })

  it('puts a node after those it waits for', () => {
    const names = orderNodes(nodesOf({ c: ['b'], b: ['a'], a: [] })).map((node) => node.name)
    expect(names).toEqual(['a', 'b', 'c'])
  })

  it('refuses a cycle', () => {
    expect(() => orderNodes(nodesOf({ a: ['b'], b: ['a'] }))).toThrow(/cycle/)
  })

  it('always has every node once, after its dependencies', () => {
    fc.assert(
      fc.property(anyDag, (nodes) => {
        const order = orderNodes(nodes).map((node) => node.name)
        expect(order.toSorted()).toEqual(nodes.map((node) => node.name).toSorted())
        for (const { name, dependencies } of nodes) {
          for (const before of dependencies) {
            expect(order.indexOf(before)).toBeLessThan(order.indexOf(name))
          }
        }
      }),
      runs(200),
    )
  })
})

describe('findCycle', () => {
  it('leaves out what only waits for the cycle', () => {
    expect(findCycle(nodesOf({ a: ['b'], b: ['c'], c: ['b'], d: [] }))).toEqual(['b', 'c', 'b'])
  })

  it('sees a node that waits for itself', () => {
    expect(findCycle(nodesOf({ a: [], b: ['b'] }))).toEqual(['b', 'b'])
  })

  it('always gives a way round when there is one, and never otherwise', () => {
    fc.assert(
      fc.property(anyNodes, (nodes) => {
        const cycle = findCycle(nodes)
        if (cycle === null) {
          expect(orderNodes(nodes)).toHaveLength(nodes.length)
          return
        }
        expect(cycle.at(0)).toBe(cycle.at(-1))
        expect(cycle.length).toBeGreaterThan(1)
        for (const [index, name] of cycle.slice(0, -1).entries()) {
          const node = nodes.find((candidate) => candidate.name === name)
          expect(node?.dependencies).toContain(cycle[index + 1])
        }
      }),
      runs(300),
    )
  })
})

describe('runNodes', () => {
  it('gives what each node gave, in the order they ran', async () => {
    const outcomes = await runNodes(nodesOf({ b: ['a'], a: [] }), async (node) => `${node.name}!`)
    expect([...outcomes]).toEqual([
      ['a', { kind: 'succeeded', result: 'a!', attempts: 1 }],
      ['b', { kind: 'succeeded', result: 'b!', attempts: 1 }],
    ])
  })

  it('skips what waits for a failure, however far, and runs the rest', async () => {
    const error = new Error('no')
    const graph = { a: [], b: ['a'], c: ['b'], d: [] }
    const outcomes = await runNodes(nodesOf(graph), async (node) => {
      if (node.name === 'a') throw error
    })
    expect(Object.fromEntries(outcomes)).toEqual({
      a: { kind: 'failed', error, attempts: 1 },
      b: { kind: 'skipped', because: 'a' },
      c: { kind: 'skipped', because: 'b' },
      d: { kind: 'succeeded', result: undefined, attempts: 1 },
    })
  })

  it.each([
    [0, 'failed', 1],
    [1, 'failed', 2],
    [2, 'succeeded', 3],
    [5, 'succeeded', 3],
  ])(
    'with %i retries, a node that fails twice has %s after %i attempts',
    async (retries, kind, attempts) => {
      let failures = 2
      const outcomes = await runNodes(nodesOf({ a: [] }, retries), async () => {
        failures -= 1
        if (failures >= 0) throw new Error('not yet')
      })
      expect(outcomes.get('a')).toMatchObject({ kind, attempts })
    },
  )

  it('stops at once when aborted, and tries nothing again', async () => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const ran: string[] = []
    const run = runNodes(
      nodesOf({ a: [], b: [] }, 3),
      async (node) => {
        ran.push(node.name)
        abort.abort(reason)
        throw new Error('interrupted')
      },
      abort.signal,
    )
    await expect(run).rejects.toBe(reason)
    expect(ran).toEqual(['a'])
  })

  it('refuses a cycle before anything runs', async () => {
    const run = runNodes(nodesOf({ a: [], b: ['b'] }), async () => {
      throw new Error('ran')
    })
    await expect(run).rejects.toSatisfy((error) => isKind(error, 'invalid'))
  })

  it('always runs a node exactly when all it waits for have succeeded', async () => {
    await fc.assert(
      fc.asyncProperty(anyDag, fc.func(fc.boolean()), async (nodes, fails) => {
        const outcomes = await runNodes(nodes, async (node) => {
          if (fails(node.name)) throw new Error('no')
        })
        const succeeded = (name: string): boolean => outcomes.get(name)?.kind === 'succeeded'
        for (const { name, dependencies } of nodes) {
          const ran = dependencies.every(succeeded)
          const expected = fails(name) ? 'failed' : 'succeeded'
          expect(outcomes.get(name)?.kind).toBe(ran ? expected : 'skipped')
        }
      }),
      runs(200),
    )
  })
})
