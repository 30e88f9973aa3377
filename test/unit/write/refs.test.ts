import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../src/base/errors.ts'
import type { RefChange } from '../../../src/client/ref-change.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'

/** A table of three snapshots, of which each adds the row of its number. */
async function threeSnapshots(): Promise<{
  rides: Rides
  ids: [bigint, bigint, bigint]
}> {
  const rides = await newRides()
  const append = async (id: number): Promise<bigint> =>
    (await rides.append([{ id }])).snapshotId ?? 0n
  return { rides, ids: [await append(1), await append(2), await append(3)] }
}

function update(rides: Rides, change: (refs: RefChange) => unknown): Promise<unknown> {
  return rides.transaction((tx) => tx.updateRefs(change))
}

async function idsAt(rides: Rides, ref: string): Promise<bigint[]> {
  const rows = await rides.scan().ref(ref).select('id').toArray()
  return rows.map(({ id }) => id).sort((left, right) => Number(left - right))
}

describe('branches and tags (spec: Snapshot References)', () => {
  it('are created where the table is, or at any snapshot, with how long they are kept', async () => {
    const { rides, ids } = await threeSnapshots()
    await update(rides, (refs) =>
      refs
        .createTag('march', { snapshotId: ids[1], maxRefAgeMs: 1000 })
        .createBranch('audit', { minSnapshotsToKeep: 2, maxSnapshotAgeMs: 5n }),
    )
    const reader = await anotherHandle(rides)
    expect(reader.refs.get('march')).toEqual({
      kind: 'tag',
      snapshotId: ids[1],
      maxRefAgeMs: 1000n,
    })
    expect(reader.refs.get('audit')).toEqual({
      kind: 'branch',
      snapshotId: ids[2],
      minSnapshotsToKeep: 2,
      maxSnapshotAgeMs: 5n,
    })
    expect(await idsAt(reader, 'march')).toEqual([1n, 2n])
  })

  it('are moved with what they are kept for, and dropped', async () => {
    const { rides, ids } = await threeSnapshots()
    await update(rides, (refs) => refs.createTag('march', { maxRefAgeMs: 9 }))
    await update(rides, (refs) => refs.replaceTag('march', { snapshotId: ids[0] }))
    expect(rides.refs.get('march')).toMatchObject({ snapshotId: ids[0], maxRefAgeMs: 9n })
    await update(rides, (refs) => refs.retain('main', { minSnapshotsToKeep: 7 }))
    expect(rides.refs.get('main')).toMatchObject({ snapshotId: ids[2], minSnapshotsToKeep: 7 })
    await rides.append([{ id: 4 }])
    expect(rides.refs.get('main')?.minSnapshotsToKeep).toBe(7)
    await update(rides, (refs) => refs.drop('march'))
    expect(rides.refs.has('march')).toBe(false)
  })

  it('move forward only along the line that they are on', async () => {
    const { rides, ids } = await threeSnapshots()
    await update(rides, (refs) =>
      refs.createBranch('audit', { snapshotId: ids[1] }).createTag('old', { snapshotId: ids[0] }),
    )
    await update(rides, (refs) => refs.fastForward('audit', { to: 'main' }))
    expect(await idsAt(rides, 'audit')).toEqual([1n, 2n, 3n])
    await expect(
      update(rides, (refs) => refs.fastForward('audit', { to: 'old' })),
    ).rejects.toMatchObject({ kind: 'invalid', context: { ref: 'audit', to: 'old' } })
  })

  it('are refused by name where a change makes no sense', async () => {
    const { rides, ids } = await threeSnapshots()
    await update(rides, (refs) => refs.createTag('march'))
    const before = rides.metadataLocation
    const refused: readonly [(refs: RefChange) => unknown, string][] = [
      [(refs) => refs.createTag('march'), 'invalid'],
      [(refs) => refs.createBranch(''), 'invalid'],
      [(refs) => refs.createBranch('b', { snapshotId: 5n }), 'not-found'],
      [(refs) => refs.createTag('t', { minSnapshotsToKeep: 1 } as never), 'invalid'],
      [(refs) => refs.createTag('t', { maxRefAgeMs: 0 }), 'invalid'],
      [(refs) => refs.createBranch('b', { minSnapshotsToKeep: 2 ** 31 }), 'invalid'],
      [(refs) => refs.replaceBranch('march'), 'invalid'],
      [(refs) => refs.drop('main'), 'invalid'],
      [(refs) => refs.drop('april'), 'not-found'],
      [(refs) => refs.rollbackTo({ snapshot: 5n }), 'not-found'],
      [(refs) => refs.rollbackTo({ snapshot: Number(ids[0]) as never }), 'invalid'],
      [(refs) => refs.rollbackTo({} as never), 'invalid'],
      [(refs) => refs.rollbackTo(ids[0] as never), 'invalid'],
      [(refs) => refs.rollbackTo(null as never), 'invalid'],
      [(refs) => refs.rollbackTo({ time: '1999-01-01T00:00:00Z' }), 'not-found'],
      [async (refs) => refs.drop('march'), 'invalid'],
    ]
    for (const [change, kind] of refused) {
      await expect(update(rides, change)).rejects.toMatchObject({ kind })
    }
    await rides.refresh()
    expect(rides.metadataLocation).toBe(before)
    await update(rides, (refs) => refs.replaceTag('march'))
    expect(rides.metadataLocation).toBe(before)
  })

  it('cannot begin before the first snapshot', async () => {
    const rides = await newRides()
    await expect(update(rides, (refs) => refs.createTag('none'))).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('end as a conflict when another commit moves one that was looked at', async () => {
    const { rides, ids } = await threeSnapshots()
    await update(rides, (refs) => refs.createBranch('audit', { snapshotId: ids[0] }))
    const other = await anotherHandle(rides)
    await rides.append([{ id: 4 }])
    await expect(
      update(other, (refs) => refs.rollbackTo({ snapshot: ids[1] })),
    ).rejects.toMatchObject({ kind: 'conflict' })
    await update(rides, (refs) => refs.drop('audit'))
    await other.refresh()
    expect(await idsOf(other)).toEqual([1n, 2n, 3n, 4n])
  })

  it('do not mind commits to other branches', async () => {
    const { rides, ids } = await threeSnapshots()
    const other = await anotherHandle(rides)
    await rides.append([{ id: 4 }])
    await update(other, (refs) => refs.createTag('first', { snapshotId: ids[0] }))
    expect(await idsOf(other)).toEqual([1n, 2n, 3n, 4n])
    expect(await idsAt(other, 'first')).toEqual([1n])
  })
})

describe('a rollback', () => {
  it('takes main back to a snapshot or a time, and forward again', async () => {
    const { rides, ids } = await threeSnapshots()
    await update(rides, (refs) => refs.rollbackTo({ snapshot: ids[0] }))
    expect(await idsOf(rides)).toEqual([1n])
    await update(rides, (refs) => refs.setCurrentSnapshot(ids[2]))
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
    // Several snapshots may be of one millisecond: the last of them is meant.
    const time = BigInt(rides.snapshots[0]?.timestampMs ?? 0)
    const last = rides.snapshots.findLast(({ timestampMs }) => timestampMs <= time)
    await update(rides, (refs) => refs.rollbackTo({ time }))
    expect(rides.currentSnapshot).toEqual(last)
    expect(rides.metadata.snapshotLog.map(({ snapshotId }) => snapshotId)).toEqual([
      ...ids,
      ids[0],
      ids[2],
      ...(last?.snapshotId === ids[2] ? [] : [last?.snapshotId]),
    ])
  })

  it('goes only to what the table came from', async () => {
    const { rides, ids } = await threeSnapshots()
    await update(rides, (refs) => refs.rollbackTo({ snapshot: ids[0] }))
    await expect(
      update(rides, (refs) => refs.rollbackTo({ snapshot: ids[1] })),
    ).rejects.toMatchObject({ kind: 'invalid', context: { snapshotId: ids[1] } })
  })

  it('is one commit with the rows that come after it', async () => {
    const { rides, ids } = await threeSnapshots()
    await rides.transaction(async (tx) => {
      tx.updateRefs((refs) => refs.createTag('bad').rollbackTo({ snapshot: ids[0] }))
      await tx.append([{ id: 9 }])
    })
    expect(await idsOf(rides)).toEqual([1n, 9n])
    expect(rides.currentSnapshot?.parentId).toBe(ids[0])
    expect(await idsAt(rides, 'bad')).toEqual([1n, 2n, 3n])
    const late = rides.transaction(async (tx) => {
      await tx.append([{ id: 10 }])
      tx.updateRefs((refs) => refs.rollbackTo({ snapshot: ids[0] }))
    })
    await expect(late).rejects.toMatchObject({ kind: 'invalid' })
  })
})

describe('any changes of refs', () => {
  const anyName = fc.constantFrom('main', 'a', 'b')
  const anySnapshot = fc.nat(2)
  const anyEdit = fc.record({
    kind: fc.constantFrom(
      'createBranch',
      'createTag',
      'replaceBranch',
      'drop',
      'fastForward',
      'rollbackTo',
      'setCurrentSnapshot',
    ),
    name: anyName,
    to: anyName,
    snapshot: anySnapshot,
  })
  type Edit = typeof anyEdit extends fc.Arbitrary<infer Made> ? Made : never

  function tell(refs: RefChange, edit: Edit, snapshotId: bigint): void {
    switch (edit.kind) {
      case 'createBranch':
      case 'createTag':
      case 'replaceBranch':
        refs[edit.kind](edit.name, { snapshotId })
        break
      case 'drop':
        refs.drop(edit.name)
        break
      case 'fastForward':
        refs.fastForward(edit.name, { to: edit.to })
        break
      case 'rollbackTo':
        refs.rollbackTo({ snapshot: snapshotId })
        break
      default:
        refs.setCurrentSnapshot(snapshotId)
    }
  }

  /** Snapshots are numbered along one line, so that one came from all of lower number. */
  function model(refs: Map<string, number>, tags: Set<string>, edit: Edit): boolean {
    const { kind, name, to, snapshot } = edit
    const at = refs.get(name)
    const target = refs.get(to)
    if (kind === 'createBranch' || kind === 'createTag') {
      if (at !== undefined) return false
      refs.set(name, snapshot)
      if (kind === 'createTag') tags.add(name)
      else tags.delete(name)
    } else if (kind === 'replaceBranch') {
      if (at === undefined || tags.has(name)) return false
      refs.set(name, snapshot)
    } else if (kind === 'drop') {
      if (at === undefined || name === 'main') return false
      refs.delete(name)
    } else if (kind === 'fastForward') {
      if (at === undefined || tags.has(name) || target === undefined || target < at) return false
      refs.set(name, target)
    } else {
      if (kind === 'rollbackTo' && snapshot > (refs.get('main') ?? 0)) return false
      refs.set('main', snapshot)
    }
    return true
  }

  it('always leave the refs that a model has, in one commit or none at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 3 }), { maxLength: 5 }),
        async (commits) => {
          const { rides, ids } = await threeSnapshots()
          let refs = new Map([['main', 2]])
          let tags = new Set<string>()
          for (const edits of commits) {
            const [nextRefs, nextTags] = [new Map(refs), new Set(tags)]
            const isGood = edits.every((edit) => model(nextRefs, nextTags, edit))
            const done = update(rides, (change) => {
              for (const edit of edits) tell(change, edit, ids[edit.snapshot] ?? 0n)
            })
            const isDone = await done.then(
              () => true,
              (error: unknown) => !(isKind(error, 'invalid') || isKind(error, 'not-found')),
            )
            expect(isDone).toBe(isGood)
            if (isGood) [refs, tags] = [nextRefs, nextTags]
            const expected = [...refs].map(([name, at]) => [name, ids[at], tags.has(name)])
            const found = [...rides.refs].map(([name, ref]) => [
              name,
              ref.snapshotId,
              ref.kind === 'tag',
            ])
            expect(new Set(found.map(String))).toEqual(new Set(expected.map(String)))
            expect(rides.currentSnapshot?.snapshotId).toBe(ids[refs.get('main') ?? 0])
          }
        },
      ),
      runs(60),
    )
  })
})
