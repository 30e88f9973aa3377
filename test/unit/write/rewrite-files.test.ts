import { describe, expect, it } from 'vitest'

import type { DataFile } from '../../../src/metadata/data-file.ts'
import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import { currentSnapshot } from '../../../src/metadata/table-metadata.ts'
import { createManifestCache } from '../../../src/table/manifest-cache.ts'
import { readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import type { Commit } from '../../../src/write/commit-report.ts'
import { rewriteFiles } from '../../../src/write/rewrite-files.ts'
import type { FilesRewrite, RewrittenGroup } from '../../../src/write/rewrite-files.ts'
import { TransactionBuilder } from '../../../src/write/transaction.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { writeFiles } from '../../../src/write/write-files.ts'
import { commitRowDeletes } from '../../support/foreign-commits.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

/** Live data files as a reader finds them who has not written the table. */
async function liveEntries({ state }: Rides): Promise<readonly ManifestEntry[]> {
  const fresh = { ...state, services: { ...state.services, cache: createManifestCache() } }
  const snapshot = currentSnapshot(state.metadata)
  const manifests = snapshot === null ? [] : await readManifestList(fresh, snapshot)
  const entries: ManifestEntry[] = []
  for (const manifest of manifests.filter(({ content }) => content === 'data')) {
    entries.push(...(await readManifest(fresh, manifest)))
  }
  return entries.filter(({ status }) => status !== 'deleted')
}

/** The files of a city to one, not yet committed. */
async function rewritten(rides: Rides, city: string): Promise<RewrittenGroup> {
  const all = await liveEntries(rides)
  const inputs = all.filter(({ file }) => file.partition[0] === city)
  const context = createWriteContext(rides.state)
  const rows = rides.scan().where(`city = '${city}'`).batches()
  const outputs = await writeFiles(context, rows, {})
  return { inputs, outputs, readMetadata: rides.metadata }
}

async function commit(
  rides: Rides,
  groups: readonly RewrittenGroup[],
): Promise<{ readonly done: Commit; readonly overtaken: FilesRewrite['overtaken'] }> {
  const context = createWriteContext(rides.state)
  const builder = new TransactionBuilder(rides, context)
  const { write, overtaken } = rewriteFiles(context, groups)
  await builder.collect(() => builder.changeFiles(write))
  return { done: await builder.commit(), overtaken }
}

/** A table with two files for each of two cities. */
async function twoCities(formatVersion: 1 | 2 | 3 = 2): Promise<Rides> {
  const rides = await newRides({ formatVersion, partitionBy: ['city'] })
  for (const id of [1, 3]) {
    await rides.append([
      { id, city: 'Oslo' },
      { id: id + 1, city: 'Rome' },
    ])
  }
  return rides
}

const ALL = [1n, 2n, 3n, 4n]

describe('files that take the place of others', () => {
  for (const formatVersion of [1, 2, 3] as const) {
    it(`come in a snapshot that replaces, in a table of version ${formatVersion}`, async () => {
      const rides = await twoCities(formatVersion)
      const { done, overtaken } = await commit(rides, [await rewritten(rides, 'Oslo')])
      expect(done).toMatchObject({ addedRows: 0n, removedRows: 0n, addedFiles: 1, removedFiles: 2 })
      expect(overtaken().size).toBe(0)
      expect(rides.currentSnapshot?.operation).toBe('replace')
      expect(Object.fromEntries(rides.currentSnapshot?.summary ?? [])).toMatchObject({
        'added-data-files': '1',
        'added-records': '2',
        'deleted-data-files': '2',
        'deleted-records': '2',
        'total-data-files': '3',
        'total-records': '4',
        'changed-partition-count': '1',
      })
      expect(await idsOf(rides)).toEqual(ALL)
    })
  }

  it('have the sequence number that their rows were read at, also after other commits and merges', async () => {
    const rides = await twoCities()
    await rides.transaction((tx) => tx.setProperties({ 'commit.manifest.min-count-to-merge': '1' }))
    const group = await rewritten(rides, 'Oslo')
    const rival = await anotherHandle(rides)
    await rival.append([{ id: 5, city: 'Oslo' }])
    await commit(rides, [group])
    await rides.append([{ id: 6, city: 'Oslo' }])
    const numbers = new Map(
      (await liveEntries(rides)).map(({ file, dataSequenceNumber, fileSequenceNumber }) => [
        file.path,
        [dataSequenceNumber, fileSequenceNumber],
      ]),
    )
    expect(numbers.get(group.outputs[0]?.path ?? '')).toEqual([2n, 4n])
    expect(
      [...numbers.values()]
        .map(([data]) => String(data))
        .sort()
        .join(' '),
    ).toBe('1 2 2 3 5')
    expect(await idsOf(rides)).toEqual([...ALL, 5n, 6n])
  })

  it('leave out the group whose input another commit took away, and commit the others', async () => {
    const rides = await twoCities()
    const groups = [await rewritten(rides, 'Oslo'), await rewritten(rides, 'Rome')]
    const rival = await anotherHandle(rides)
    await rival.deleteWhere('id = 3')
    const { done, overtaken } = await commit(rides, groups)
    expect([...overtaken()]).toEqual([[groups[0], 'an input is gone']])
    expect(done).toMatchObject({ removedFiles: 2, addedFiles: 1 })
    expect(await idsOf(rides)).toEqual([1n, 2n, 4n])
  })

  it('commit nothing where no group is left', async () => {
    const rides = await twoCities()
    const group = await rewritten(rides, 'Oslo')
    const rival = await anotherHandle(rides)
    await rival.overwritePartitions([{ id: 9, city: 'Oslo' }])
    const { done, overtaken } = await commit(rides, [group])
    expect(done).toMatchObject({ snapshotId: null, attempts: 0 })
    expect(overtaken().get(group)).toBe('an input is gone')
    expect(await idsOf(rides)).toEqual([2n, 4n, 9n])
  })

  const position: Partial<DataFile> = { content: 'position-deletes' }
  const equality: Partial<DataFile> = { content: 'equality-deletes', equalityIds: [1] }

  it('are overtaken by position deletes of their partition, and by no others', async () => {
    const rides = await twoCities()
    const groups = [await rewritten(rides, 'Oslo'), await rewritten(rides, 'Rome')]
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, ['Oslo'], position)
    const { overtaken } = await commit(rides, groups)
    expect([...overtaken()]).toEqual([
      [groups[0], 'row-level deletes tell inputs and outputs apart'],
    ])
  })

  it('heed equality deletes that were committed since their rows were read', async () => {
    const rides = await twoCities()
    const group = await rewritten(rides, 'Oslo')
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, ['Oslo'], equality)
    const { overtaken } = await commit(rides, [group])
    expect(overtaken().size).toBe(0)
    const entries = await liveEntries(rides)
    const output = entries.find(({ file }) => file.path === group.outputs[0]?.path)
    expect(output?.dataSequenceNumber).toBe(2n)
    expect(rides.metadata.snapshots.map(({ sequenceNumber }) => sequenceNumber)).toEqual([
      1n,
      2n,
      3n,
      4n,
    ])
  })

  it('heed them in each of several files of one partition', async () => {
    const rides = await twoCities()
    const group = await rewritten(rides, 'Oslo')
    const context = createWriteContext(rides.state)
    const written = [1, 3].map((id) =>
      writeFiles(context, rides.scan().where(`id = ${id}`).batches(), {}),
    )
    const split = { ...group, outputs: (await Promise.all(written)).flat() }
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, ['Oslo'], equality)
    const { done, overtaken } = await commit(rides, [split])
    expect(done).toMatchObject({ addedFiles: 2, removedFiles: 2 })
    expect(overtaken().size).toBe(0)
  })

  /** The files of a city each, which are told by the bucket of their ids from now on. */
  async function rebucketed(rides: Rides): Promise<readonly RewrittenGroup[]> {
    await rides.transaction((tx) =>
      tx.updateSpec((change) => change.drop('city').add('bucket(2, id)')),
    )
    return [await rewritten(rides, 'Oslo'), await rewritten(rides, 'Rome')]
  }

  it('are overtaken by equality deletes that stay behind in another spec', async () => {
    const rides = await twoCities()
    const groups = await rebucketed(rides)
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, ['Oslo'], { ...equality, specId: 0 })
    const { overtaken } = await commit(rides, groups)
    expect([...overtaken()]).toEqual([
      [groups[0], 'row-level deletes tell inputs and outputs apart'],
    ])
  })

  it('are overtaken by equality deletes of an output that are of no input', async () => {
    const rides = await twoCities()
    const groups = await rebucketed(rides)
    const [group] = groups
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, group?.outputs[0]?.partition ?? [], equality)
    const { overtaken } = await commit(rides, groups)
    expect(group && overtaken().get(group)).toBe('row-level deletes tell inputs and outputs apart')
  })

  it('heed equality deletes of all partitions, whatever spec they come to', async () => {
    const rides = await newRides({})
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.transaction((tx) => tx.updateSpec((change) => change.add('city')))
    await rides.append([{ id: 2, city: 'Oslo' }])
    const inputs = (await liveEntries(rides)).filter(({ file }) => file.specId === 0)
    const context = createWriteContext(rides.state)
    const outputs = await writeFiles(context, rides.scan().where('id = 1').batches(), {})
    const group = { inputs, outputs, readMetadata: rides.metadata }
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, [], { ...equality, specId: 0 })
    const { overtaken } = await commit(rides, [group])
    expect(overtaken().size).toBe(0)
  })

  it('are overtaken by equality deletes from before their rows were read', async () => {
    const rides = await twoCities()
    const before = await liveEntries(rides)
    const group = await rewritten(rides, 'Oslo')
    await commitRowDeletes(rides, ['Oslo'], equality)
    const late = { ...group, readMetadata: rides.metadata }
    expect(late.inputs.every(({ file }) => before.some((entry) => entry.file === file))).toBe(false)
    const { overtaken } = await commit(rides, [late])
    expect(overtaken().get(late)).toBe('row-level deletes tell inputs and outputs apart')
  })

  it('are overtaken by an upgrade that gave their rows ids', async () => {
    const rides = await twoCities()
    const group = await rewritten(rides, 'Oslo')
    const rival = await anotherHandle(rides)
    await rival.transaction((tx) => tx.upgradeFormat(3))
    await rival.append([{ id: 5, city: 'Rome' }])
    const { overtaken } = await commit(rides, [group])
    expect(overtaken().get(group)).toBe('an input has other row ids')
  })

  it('take the number of their rows with them into a table that was upgraded from version 1', async () => {
    const rides = await twoCities(1)
    const group = await rewritten(rides, 'Oslo')
    const rival = await anotherHandle(rides)
    await rival.transaction((tx) => tx.upgradeFormat(2))
    await rival.append([{ id: 5, city: 'Oslo' }])
    const { overtaken } = await commit(rides, [group])
    expect(overtaken().size).toBe(0)
    const numbers = (await liveEntries(rides)).map((entry) => String(entry.dataSequenceNumber))
    expect(numbers.sort().join(' ')).toBe('0 0 0 1')
  })

  it('are overtaken by a change of the type that their partition is of', async () => {
    const rides = await newRides({ partitionBy: ['truncate(10, id)'] })
    await rides.append([{ id: 1 }])
    await rides.append([{ id: 2 }])
    const inputs = await liveEntries(rides)
    const outputs = await writeFiles(createWriteContext(rides.state), rides.scan().batches(), {})
    const group = { inputs, outputs, readMetadata: rides.metadata }
    const schemas = rides.metadata.schemas.map((schema) => ({
      ...schema,
      fields: schema.fields.map((field) =>
        field.id === 1 ? { ...field, type: { kind: 'int' as const } } : field,
      ),
    }))
    const older = { ...group, readMetadata: { ...rides.metadata, schemas } }
    expect((await commit(rides, [older])).overtaken().get(older)).toBe(
      'a partition column was changed',
    )
    expect((await commit(rides, [group])).overtaken().size).toBe(0)
  })
})
