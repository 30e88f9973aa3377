/** Manifests that are rewritten list the same files, with all that is known of them, so that filters open as few as they can. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import { partitionColumns } from '../../src/formats/avro/entry-avro.ts'
import { storedFields } from '../../src/formats/parquet/stored-fields.ts'
import { entriesInOrder, entryReader } from '../../src/maintenance/manifest-entries.ts'
import { outermost, partitionOrder } from '../../src/maintenance/plan-manifests.ts'
import { planRewriteManifests, rewriteManifests } from '../../src/maintenance/rewrite-manifests.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { summarizePartitions } from '../../src/metadata/partition-summary.ts'
import { partitionTypesOf } from '../../src/metadata/partition-types.ts'
import { readManifest, readManifestList } from '../../src/table/manifest-io.ts'
import type { Schema } from '../../src/types/schema.ts'
import { anyExpressionOf } from '../support/arbitraries/predicates.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { createTable } from '../support/table-model/commands.ts'
import { anySeed, draw } from '../support/table-model/draw.ts'
import { anyTableLayoutOf } from '../support/table-model/layout.ts'
import type { UnknownTable } from '../support/table-model/model.ts'

const APART = { 'commit.manifest-merge.enabled': 'false' }

/** Rows of nothing but unknown types are in no file. */
function isStored({ fields }: Schema): boolean {
  try {
    return storedFields(fields).length > 0
  } catch (error) {
    if (isKind(error, 'unsupported')) return false
    throw error
  }
}

/** A table that got its rows in several commits, and lost some. */
const anyHistory = fc
  .constantFrom<FormatVersion[]>(1, 2, 3)
  .chain((formatVersion) => anyTableLayoutOf(formatVersion))
  .filter(({ schema }) => isStored(schema))
  .chain((layout) =>
    fc.record({
      layout: fc.constant({ ...layout, properties: { ...layout.properties, ...APART } }),
      commits: fc.array(fc.array(fc.constantFrom(...layout.pool), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 6,
      }),
      replaced: fc.array(fc.constantFrom(...layout.pool), { maxLength: 2 }),
      // Of one entry, of some, of all.
      targetSizeBytes: fc.constantFrom(1, 3_000, 4_500, 6_000, 9_000, 8 << 20),
      seed: anySeed,
    }),
  )

type History = typeof anyHistory extends fc.Arbitrary<infer Some> ? Some : never

async function tableOf({ layout, commits, replaced }: History): Promise<UnknownTable> {
  const warehouse = await openWarehouse('memory:', { environment: movingEnvironment(), workers: 0 })
  const table = await createTable({ warehouse }, layout)
  for (const rows of commits) await table.append(batchFromValues(layout.schema, rows))
  await table.overwritePartitions(batchFromValues(layout.schema, replaced))
  return table
}

/** All that the live entries of the newest snapshot say, metrics and numbers and row ids too, by path. */
async function entriesOf({ state, currentSnapshot }: UnknownTable): Promise<readonly object[]> {
  if (currentSnapshot === null) return []
  const entries: object[] = []
  for (const manifest of await readManifestList(state, currentSnapshot)) {
    for (const { status, ...entry } of await readManifest(state, manifest)) {
      if (status !== 'deleted') entries.push(entry)
    }
  }
  return entries.toSorted((left, right) => (pathOf(left) < pathOf(right) ? -1 : 1))
}

function pathOf(entry: object): string {
  return (entry as { readonly file: { readonly path: string } }).file.path
}

/** That what the list says of the partitions of each manifest is so. */
async function expectTrueSummaries({ state, spec, currentSnapshot }: UnknownTable): Promise<void> {
  const types = partitionTypesOf(state.metadata, spec)
  for (const line of currentSnapshot ? await readManifestList(state, currentSnapshot) : []) {
    const partitions = (await readManifest(state, line)).map(({ file }) => file.partition)
    expect(line.partitions).toEqual(summarizePartitions(types, partitions))
  }
}

describe('manifests that are rewritten', () => {
  it('always list the files that they listed, with all that was known of each', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const table = await tableOf(history)
        const before = await entriesOf(table)
        const rows = rowSet(table.schema.fields, await readRows(table.scan()))
        await rewriteManifests(table, { targetSizeBytes: history.targetSizeBytes })
        expect(await entriesOf(table)).toEqual(before)
        await expectTrueSummaries(table)
        expect(rowSet(table.schema.fields, await readRows(table.scan()))).toEqual(rows)
        for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
      }),
      runs(12),
    )
  })

  it('always give a scan the files that it had, with their sequence numbers', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const table = await tableOf(history)
        const rows = await readRows(table.scan())
        const filter = predicateOf<unknown>(draw(anyExpressionOf(table.schema, rows), history.seed))
        const planned = async (): Promise<readonly string[]> => {
          const { tasks } = await table.scan().where(filter).plan()
          return tasks.map(({ file, dataSequenceNumber }) => `${file.path} ${dataSequenceNumber}`)
        }
        const before = await planned()
        await rewriteManifests(table, { targetSizeBytes: history.targetSizeBytes })
        expect(new Set(await planned())).toEqual(new Set(before))
      }),
      runs(12),
    )
  })

  it('never overlap but in the partition that one ends with, and leave nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const table = await tableOf(history)
        await rewriteManifests(table, { targetSizeBytes: history.targetSizeBytes })
        const { state, spec, currentSnapshot } = table
        const types = partitionColumns(state.metadata, spec).map(({ type }) => type)
        const order = partitionOrder(spec, types)
        const ends = []
        for (const line of currentSnapshot ? await readManifestList(state, currentSnapshot) : []) {
          const live = (await readManifest(state, line)).filter(
            ({ status }) => status !== 'deleted',
          )
          const partitions = live.map(({ file }) => file.partition)
          const of = outermost(partitions, order)
          if (of !== null) ends.push(of)
        }
        ends.sort((left, right) => order(left.low, right.low) || order(left.high, right.high))
        for (const [index, next] of ends.slice(1).entries()) {
          expect(order(ends[index]?.high ?? [], next.low)).toBeLessThanOrEqual(0)
        }
        expect(
          (await planRewriteManifests(table, { targetSizeBytes: history.targetSizeBytes })).groups,
        ).toEqual([])
      }),
      runs(12),
    )
  })

  it('always take their entries in order, however few are held at once', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, fc.integer({ min: 1, max: 5 }), async (history, heldEntries) => {
        const { state, spec, currentSnapshot } = await tableOf(history)
        if (currentSnapshot === null) return
        const types = partitionColumns(state.metadata, spec).map(({ type }) => type)
        const how = { read: entryReader(state, spec), order: partitionOrder(spec, types) }
        const manifests = await readManifestList(state, currentSnapshot)
        const taken = async (held: number): Promise<readonly string[]> => {
          const paths: string[] = []
          for await (const { file } of entriesInOrder(manifests, { ...how, heldEntries: held })) {
            paths.push(file.path)
          }
          return paths
        }
        expect(await taken(heldEntries)).toEqual(await taken(1_000))
      }),
      runs(10),
    )
  })
})
