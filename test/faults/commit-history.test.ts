/** What the checker of histories finds, of each sort one, and that it finds nothing where there is nothing. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { historyProblems } from '../support/commit-history/check.ts'
import type {
  Effect,
  HistoryRow,
  Operation,
  OperationEnd,
  Version,
} from '../support/commit-history/operation.ts'
import { rowsDigest } from '../support/commit-history/table-content.ts'
import { runs } from '../support/runs.ts'

const CREATE: Effect = { kind: 'create' }

/** Of the operation that made it; its snapshots hold as many rows as is said. */
function version(number: number, maker: string, ...rowCounts: number[]): Version {
  const newSnapshots = rowCounts.map((rows, index) => ({
    id: `${number}.${index}`,
    totalRecords: String(rows),
  }))
  return {
    number,
    signatures: [maker],
    newSnapshots,
    head: newSnapshots.at(-1)?.id ?? null,
    refs: new Map(),
    columns: ['id', 'part'],
    properties: new Map(),
  }
}

/** Each takes the place of its index on the clock, unless it is told otherwise. */
function operation(
  id: string,
  effects: readonly Effect[],
  told: Partial<OperationEnd> & { base?: number | null; from?: number } = {},
): Operation {
  const { base = null, from = 0, ...end } = told
  const ok: OperationEnd = { at: from + 1, outcome: 'ok', version: null, attempts: 1 }
  return { id, process: 'p', invokedAt: from, base, effects, end: { ...ok, ...end } }
}

function append(...rows: HistoryRow[]): Effect {
  return { kind: 'append', rows }
}

const created = operation('create', [CREATE])
const first = operation('first', [append([1, 0], [2, 1])], { base: 1, from: 10 })
const second = operation('second', [append([3, 0])], { base: 1, from: 20 })
const operations = [created, first, second]
const one = version(1, 'create')
const two = version(2, 'first', 2)
const three = version(3, 'second', 3)
const versions = [one, two, three]

function overwriteOfPart(part: number, isolation: 'serializable' | 'snapshot' | 'none'): Effect {
  return { kind: 'overwrite', where: { part, below: null }, rows: [[9, part]], isolation }
}

describe('a history that is as it is told', () => {
  it('has no problems', () => {
    expect(historyProblems(operations, versions)).toEqual([])
  })

  it('may have what nobody knows to have landed, and need not', () => {
    const unknown = operation('second', [append([3, 0])], { base: 1, from: 20, outcome: 'unknown' })
    const killed: Operation = { ...unknown, id: 'killed', end: null }
    expect(historyProblems([created, first, unknown], versions)).toEqual([])
    expect(historyProblems([created, first, second, killed], versions)).toEqual([])
  })

  it('may have operations that ran at once in any order', () => {
    const concurrent = [created, { ...first, invokedAt: 9 }, { ...second, invokedAt: 9 }]
    const turned = [version(1, 'create'), version(2, 'second', 1), version(3, 'first', 3)]
    expect(historyProblems(concurrent, versions)).toEqual([])
    expect(historyProblems(concurrent, turned)).toEqual([])
  })
})

describe('a history in which something is wrong', () => {
  it.each<[what: string, operations: readonly Operation[], versions: readonly Version[]]>([
    ['an acknowledged commit is lost', operations, versions.slice(0, 2)],
    ['one is lost in the midst', operations, [one, version(2, 'second', 1)]],
    ['one is there twice', operations, [...versions, version(4, 'second', 4)]],
    ['one was never begun', [created, first], versions],
    ['one had failed', [created, first, { ...second, end: ended('failed') }], versions],
    [
      'one had nothing to change',
      [created, first, { ...second, end: ended('unchanged') }],
      versions,
    ],
    [
      'a version is of two',
      operations,
      [one, { ...version(2, 'first', 2, 3), signatures: ['first', 'second'] }],
    ],
    ['a version is of nobody', operations, [...versions, { ...version(4, ''), signatures: [] }]],
    ['a version is missing', operations, [one, two, { ...three, number: 4 }]],
    [
      'the later one comes first',
      operations,
      [one, version(2, 'second', 1), version(3, 'first', 3)],
    ],
    ['rows of an acknowledged commit are gone', operations, [one, two, version(3, 'second', 1)]],
    ['a commit of rows has no snapshot', operations, [one, two, version(3, 'second')]],
    ['a snapshot is of nobody', operations, [one, two, version(3, 'second', 3, 3)]],
    [
      'a commit stands on one that came after it',
      [created, { ...first, base: 2 }, second],
      versions,
    ],
    ['the head is an old one', operations, [one, two, { ...three, head: '2.0' }]],
    [
      'a ref came from nowhere',
      operations,
      [one, two, { ...three, refs: new Map([['tag', '2.0']]) }],
    ],
    ['a column is gone', operations, [one, two, { ...three, columns: ['id'] }]],
    ['a property is gone', operations, [{ ...one, properties: new Map([['a', '1']]) }, two, three]],
  ])('%s', (_what, told, found) => {
    expect(historyProblems(told, found)).not.toEqual([])
  })
})

describe('an overwrite', () => {
  const after = (
    isolation: 'serializable' | 'snapshot' | 'none',
    part: number,
  ): readonly string[] => {
    const overwrite = operation('overwrite', [overwriteOfPart(part, isolation)], {
      base: 2,
      from: 15,
    })
    const left = part === 0 ? 2 : 3
    return historyProblems([...operations, overwrite].map(atOnce), [
      ...versions,
      version(4, 'overwrite', left),
    ])
  }

  it('has seen all that it replaces, if it says so', () => {
    expect(after('serializable', 0)).toEqual([expect.stringContaining('is not valid')])
    expect(after('snapshot', 0)).toEqual([])
    expect(after('none', 0)).toEqual([])
  })

  it('need not have seen the rest', () => {
    expect(after('serializable', 1)).toEqual([])
  })

  it('does not replace what is gone, unless it does not care', () => {
    const deletion: Effect = {
      kind: 'overwrite',
      where: { part: 0, below: 2 },
      rows: [],
      isolation: 'none',
    }
    const found = [...versions, version(4, 'deletion', 2), version(5, 'overwrite', 2)]
    const valid = (isolation: 'snapshot' | 'none'): readonly string[] =>
      historyProblems(
        [
          ...operations,
          operation('deletion', [deletion], { base: 3, from: 30 }),
          operation('overwrite', [overwriteOfPart(0, isolation)], { base: 3, from: 40 }),
        ],
        found,
      )
    expect(valid('snapshot')).toEqual([expect.stringContaining('is not valid')])
    expect(valid('none')).toEqual([])
  })
})

describe('other changes', () => {
  const tag: Effect = { kind: 'point', ref: 'tag', snapshot: '2.0' }

  it.each<[name: string, effect: Effect, change: Partial<Version>]>([
    [
      'a property',
      { kind: 'set-property', name: 'a', value: '1' },
      { properties: new Map([['a', '1']]) },
    ],
    ['a new column', { kind: 'add-column', name: 'tip' }, { columns: ['id', 'part', 'tip'] }],
    ['a dropped column', { kind: 'drop-column', name: 'part' }, { columns: ['id'] }],
    ['a tag', tag, { refs: new Map([['tag', '2.0']]) }],
    ['a rollback', { kind: 'roll-back', snapshot: '2.0' }, { head: '2.0' }],
    ['an expiry', { kind: 'expire' }, {}],
  ])('are in the next version: %s', (_name, effect, change) => {
    const changed = operation('change', [effect], { base: 3, from: 30 })
    const next = { ...version(4, 'change'), head: '3.0' }
    expect(
      historyProblems([...operations, changed], [...versions, { ...next, ...change }]),
    ).toEqual([])
    const isNothing = Object.keys(change).length === 0
    expect(historyProblems([...operations, changed], [...versions, next]).length > 0).toBe(
      !isNothing,
    )
  })

  it('find what they were worked out from', () => {
    const other = operation('other', [tag], { base: 3, from: 30 })
    const moved = { ...version(4, 'other'), head: '3.0', refs: new Map([['tag', '2.0']]) }
    const again = (base: number): readonly string[] =>
      historyProblems(
        [
          ...operations,
          other,
          operation('again', [{ ...tag, snapshot: '3.0' }], { base, from: 40 }),
        ],
        [
          ...versions,
          moved,
          { ...moved, ...version(5, 'again'), head: '3.0', refs: new Map([['tag', '3.0']]) },
        ],
      )
    expect(again(3)).toEqual([expect.stringContaining('is not valid')])
    expect(again(4)).toEqual([])
  })

  it('bring back the rows of a snapshot', () => {
    const back = operation('back', [{ kind: 'roll-back', snapshot: '2.0' }], { base: 3, from: 30 })
    const next = operation('next', [append([4, 4])], { base: 4, from: 40 })
    const rolled = { ...version(4, 'back'), head: '2.0' }
    const problemsWith = (rows: number): readonly string[] =>
      historyProblems([...operations, back, next], [...versions, rolled, version(5, 'next', rows)])
    expect(problemsWith(3)).toEqual([])
    expect(problemsWith(4)).not.toEqual([])
  })
})

describe('a read', () => {
  const read = (told: {
    version: number
    rows: readonly HistoryRow[]
    from: number
    at?: number
  }): readonly string[] =>
    historyProblems(
      [
        ...operations,
        operation('read', [], {
          ...told,
          at: told.at ?? told.from + 1,
          outcome: 'read',
          digest: rowsDigest(told.rows),
        }),
      ],
      versions,
    )
  const twoRows: readonly HistoryRow[] = [
    [2, 1],
    [1, 0],
  ]

  it('gives the rows of a version, in any order', () => {
    expect(read({ version: 2, rows: twoRows, from: 12 })).toEqual([])
    expect(read({ version: 2, rows: twoRows.slice(1), from: 12 })).toEqual([
      expect.stringContaining('other rows'),
    ])
  })

  it('never misses what was acknowledged before it began', () => {
    expect(read({ version: 2, rows: twoRows, from: 30 })).toEqual([
      expect.stringContaining('began later'),
    ])
  })

  it('never sees what had not begun when it ended', () => {
    expect(read({ version: 2, rows: twoRows, from: 3 })).toEqual([
      expect.stringContaining('began later'),
    ])
  })

  it('may see either while it runs', () => {
    expect(read({ version: 2, rows: twoRows, from: 12, at: 50 })).toEqual([])
    expect(read({ version: 3, rows: [...twoRows, [3, 0]], from: 12, at: 50 })).toEqual([])
  })

  it('never sees less than a read before it', () => {
    const late = { ...second, end: { ...ended('ok'), at: 90 } }
    const reads = [
      operation('early read', [], {
        from: 50,
        outcome: 'read',
        version: 3,
        digest: rowsDigest([...twoRows, [3, 0]]),
      }),
      operation('late read', [], {
        from: 60,
        outcome: 'read',
        version: 2,
        digest: rowsDigest(twoRows),
      }),
    ]
    expect(historyProblems([created, first, late, ...reads], versions)).toEqual([
      expect.stringContaining('began later'),
    ])
  })
})

describe('histories of any length', () => {
  const anyLength = fc.integer({ min: 2, max: 12 })

  it('never have problems when operations take turns, and always when any is left out or two change places', () => {
    fc.assert(
      fc.property(anyLength, fc.nat(), (length, choice) => {
        const makers = Array.from({ length }, (_, index) => `m${index}`)
        const told = makers.map((id, index) =>
          operation(id, index === 0 ? [CREATE] : [append([index, index % 3])], {
            base: index === 0 ? null : index,
            from: 10 * index,
          }),
        )
        const found = (order: readonly string[]): readonly Version[] =>
          order.map((id, index) => (index === 0 ? version(1, id) : version(index + 1, id, index)))
        expect(historyProblems(told, found(makers))).toEqual([])
        const chosen = 1 + (choice % (length - 1))
        expect(historyProblems(told, found(makers.toSpliced(chosen, 1)))).not.toEqual([])
        if (chosen < 2) return
        const turned = makers.toSpliced(chosen - 1, 2, `m${chosen}`, `m${chosen - 1}`)
        expect(historyProblems(told, found(turned))).not.toEqual([])
      }),
      runs(100),
    )
  })
})

function ended(outcome: OperationEnd['outcome']): OperationEnd {
  return { at: 21, outcome, version: outcome === 'unchanged' ? 3 : null, attempts: 1 }
}

/** Runs from the beginning to the end. */
function atOnce({ end, ...rest }: Operation): Operation {
  return { ...rest, invokedAt: 0, end: end === null ? null : { ...end, at: 1000 } }
}
