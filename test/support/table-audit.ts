/**
 * What must hold of a table whatever was done to it and whatever failed meanwhile, found out from what is stored. Each
 * invariant has a name; those of one snapshot's files are in `snapshot-audit.ts`, those of metadata in `metadata-audit.ts`.
 */
import { expect } from 'vitest'

import { readMetadataBytes, readMetadataFile } from '../../src/catalog/metadata-file.ts'
import type { UnknownRow } from '../../src/client/row-shapes.ts'
import type { Table } from '../../src/client/table.ts'
import { predicateOf } from '../../src/expressions/build.ts'
import { ancestorsOf } from '../../src/metadata/history.ts'
import { checkInvariants } from '../../src/metadata/invariants.ts'
import type { Snapshot } from '../../src/metadata/snapshot.ts'
import { anyExpressionOf } from './arbitraries/predicates.ts'
import { metadataFaults } from './metadata-audit.ts'
import { readRows, rowSet } from './row-sets.ts'
import { matchesSlowly } from './slow-match.ts'
import { auditSnapshot } from './snapshot-audit.ts'
import type { FileRows } from './snapshot-audit.ts'
import { draw } from './table-model/draw.ts'

/** A table of any rows. */
type AuditedTable = Table<UnknownRow, never>

interface Audit {
  readonly table: AuditedTable
  readonly files: FileRows
}

/** Expects everything of the version that a handle is at. */
export async function auditTable(table: AuditedTable, files: FileRows = new Map()): Promise<void> {
  for (const invariant of INVARIANTS) await invariant({ table, files })
}

const INVARIANTS: readonly ((audit: Audit) => Promise<void>)[] = [
  storedMetadataIsWhatIsHeld,
  storedMetadataCanBeLoadedByOthers,
  everySnapshotIsSound,
  everySnapshotIsRead,
  everyRefIsRead,
  pruningChangesNoRows,
  rangesOfHistoryCompose,
]

export async function storedMetadataIsWhatIsHeld({ table }: Pick<Audit, 'table'>): Promise<void> {
  const { metadata, metadataLocation, state } = table
  checkInvariants(metadata, 'internal')
  expect(await readMetadataFile(state.services.store, metadataLocation)).toEqual(metadata)
}

export async function storedMetadataCanBeLoadedByOthers({
  table,
}: Pick<Audit, 'table'>): Promise<void> {
  const { metadataLocation, state } = table
  const bytes = await readMetadataBytes(state.services.store, metadataLocation)
  expect(metadataFaults(bytes)).toEqual([])
}

/** Files, manifests, counts, bounds, partitions, orders and totals: of the snapshots that the table keeps. */
async function everySnapshotIsSound({ table, files }: Audit): Promise<void> {
  for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot, files)
}

async function everySnapshotIsRead({ table }: Audit): Promise<void> {
  for (const { snapshotId, summary } of table.snapshots) {
    const rows = await readRows(table.scan().snapshot(snapshotId))
    expect(String(rows.length)).toBe(summary.get('total-records'))
  }
}

async function everyRefIsRead({ table }: Audit): Promise<void> {
  for (const [name, { snapshotId }] of table.refs) {
    const rows = await readRows(table.scan().ref(name))
    const snapshot = table.snapshots.find((one) => one.snapshotId === snapshotId)
    expect(String(rows.length)).toBe(snapshot?.summary.get('total-records'))
  }
}

const FILTERS = 3

/** What a filter gives is what is left of all rows when they are looked at one by one. */
async function pruningChangesNoRows({ table }: Audit): Promise<void> {
  const { schema } = table
  const rows = await readRows(table.scan())
  for (let seed = 0; seed < FILTERS; seed += 1) {
    const expression = draw(anyExpressionOf(schema, rows), seed)
    const found = await readRows(table.scan().where(predicateOf<never>(expression)))
    const expected = rows.filter((row) => matchesSlowly(expression, schema, row))
    expect(rowSet(schema.fields, found)).toEqual(rowSet(schema.fields, expected))
  }
}

/** Two ranges that meet, at any snapshot of the main branch, give together what the whole one does. */
async function rangesOfHistoryCompose({ table }: Audit): Promise<void> {
  const { currentSnapshot, metadata, schema } = table
  if (currentSnapshot === null) return
  const line = [...ancestorsOf(metadata, currentSnapshot.snapshotId)].toReversed()
  const read = async (since: Snapshot | undefined, until: Snapshot): Promise<readonly string[]> => {
    const scan = table.appends({
      since: since === undefined ? { time: 0n } : { snapshot: since.snapshotId },
      until: { snapshot: until.snapshotId },
      overwriteSnapshots: 'added',
      deleteSnapshots: 'skip',
    })
    return rowSet(schema.fields, await readRows(scan))
  }
  // Of what expired, nobody knows what it added.
  const [oldest] = line
  const start = oldest?.parentId === null ? undefined : oldest
  const whole = await read(start, currentSnapshot)
  const middle = line[line.length >>> 1] ?? currentSnapshot
  const parts = [...(await read(start, middle)), ...(await read(middle, currentSnapshot))]
  expect(parts.sort()).toEqual(whole)
}
