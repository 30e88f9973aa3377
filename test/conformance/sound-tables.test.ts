/** The doctor finds nothing in tables that are sound: those of other engines, and whatever this library writes. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openTable } from '../../src/client/open-table.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import { examine } from '../../src/maintenance/doctor.ts'
import type { Examination } from '../../src/maintenance/doctor.ts'
import { runs } from '../support/runs.ts'
import { TABLE, anyCommands } from '../support/table-model/commands.ts'
import { anyTableLayoutOf } from '../support/table-model/layout.ts'
import { openWorld } from '../support/table-model/world.ts'

const DEPTHS = [{ deep: false }, { deep: true }]

function damages({ findings }: Examination): readonly string[] {
  return findings.filter(({ severity }) => severity === 'damage').map(({ check }) => check)
}

describe('tables that this library writes', () => {
  it(
    'are never found to be damaged, nor to hold what is of no use',
    async () => {
      const anyLayout = fc.constantFrom(1, 2, 3).chain(anyTableLayoutOf)
      await fc.assert(
        fc.asyncProperty(anyLayout, anyCommands(12), async (layout, commands) => {
          const world = await openWorld({ store: createMemoryStore(), location: 'memory:' }, layout)
          await fc.asyncModelRun(() => world, commands)
          if (world.model.current.isDropped) return
          const table = await world.real.warehouse.loadTable(TABLE)
          for (const options of DEPTHS) {
            const { findings } = await examine(table, options)
            expect(findings.filter(({ check }) => check !== 'missing-former-metadata')).toEqual([])
          }
        }),
        runs(60),
      )
    },
    60_000 * Math.max(1, Number(process.env['FC_RUNS'] ?? '1')),
  )
})

const FIXTURES = fileURLToPath(new URL('../../fixtures/tables/', import.meta.url))

describe('tables of fixtures', () => {
  it.each(readdirSync(FIXTURES))('%s is sound', async (name) => {
    const { location: from } = JSON.parse(
      readFileSync(`${FIXTURES}${name}/expected.json`, 'utf8'),
    ) as { readonly location: string }
    const place = `${FIXTURES}${name}`
    const table = await openTable(place, { relocate: [{ from, to: place }] })
    for (const options of DEPTHS) expect((await examine(table, options)).findings).toEqual([])
  })
})

const CORPUS = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url))

interface CorpusTable {
  readonly name: string
  readonly dir: string
  readonly metadata: string
  readonly relocate: readonly (readonly [string, string])[]
}

const corpus: readonly CorpusTable[] = existsSync(CORPUS)
  ? (JSON.parse(readFileSync(`${CORPUS}index.json`, 'utf8')) as CorpusTable[])
  : []

/** Tables that were edited by hand for a test of another project, and in what their numbers are wrong since. */
const EDITED: ReadonlyMap<string, readonly string[]> = new Map([
  ['impala-iceberg_v2_delete_equality_nulls', ['file-size', 'record-count']],
  ['impala-iceberg_v2_delete_positional', ['file-size']],
  [
    'impala-iceberg_v2_null_delete_record',
    ['manifest-counts', 'manifest-counts', 'manifest-sequence-number', 'summary-totals'],
  ],
  ['impala-iceberg_with_puffin_stats', ['manifest-length']],
])

/** The ids of its name mapping are not those of its schema, which its rows show. */
const MISMAPPED = 'impala-iceberg_migrated_complex_test'

describe.skipIf(corpus.length === 0)('tables of other engines', () => {
  it.each(corpus)('$name has no damage but what it is known to have', async (table) => {
    const relocate = table.relocate.map(([from, to]) => ({ from, to: CORPUS + to }))
    const opened = await openTable(`${CORPUS}${table.dir}/${table.metadata}`, { relocate })
    for (const options of DEPTHS) {
      const known = EDITED.get(table.name) ?? []
      const ofRows = options.deep && table.name === MISMAPPED ? ['unreadable-data-file'] : []
      expect(damages(await examine(opened, options)).toSorted()).toEqual([...known, ...ofRows])
    }
  })
})
