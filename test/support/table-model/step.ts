/** What every command shares: afterwards everything must hold. */
import type fc from 'fast-check'
import { expect } from 'vitest'

import { IcebergError, isKind } from '../../../src/base/errors.ts'
import type { ErrorKind } from '../../../src/base/errors.ts'
import { readRows, rowSet } from '../row-sets.ts'
import { auditSnapshot } from '../snapshot-audit.ts'
import {
  auditTable,
  storedMetadataCanBeLoadedByOthers,
  storedMetadataIsWhatIsHeld,
} from '../table-audit.ts'
import { atPlaces, mayMiss, placesOf, rowsAs, visibleRows } from './model.ts'
import type { HandleIndex, Model, ModelHandle, ModelVersion, Real, UnknownTable } from './model.ts'

export type Command = fc.AsyncCommand<Model, Real>

/** One step of a history, on one of the handles. What it does exactly is drawn when its turn comes. */
export abstract class Step implements Command {
  readonly handle: HandleIndex
  readonly seed: number

  constructor({ handle, seed }: StepOptions) {
    this.handle = handle
    this.seed = seed
  }

  check(_model: Readonly<Model>): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real)
    await checkHandle(model.handles[this.handle], real.handles[this.handle])
  }

  /** Says what was drawn, for people who look for what went wrong. */
  protected tell({ log }: Real, text: string): void {
    log.push(`${this.constructor.name} by ${this.handle}: ${text}`)
  }

  abstract act(model: Model, real: Real): Promise<void>

  toString(): string {
    return `${this.constructor.name}(${this.handle}, ${this.seed})`
  }
}

export interface StepOptions {
  readonly handle: HandleIndex
  readonly seed: number
}

/** Expects everything that must hold of a handle after every command. */
async function checkHandle({ seen, table }: ModelHandle, handle: UnknownTable): Promise<void> {
  const { metadata, schema } = handle
  expect(schema.fields).toEqual(seen.schema.fields)
  expect(metadata.formatVersion).toBe(seen.formatVersion)
  expect(metadata.lastUpdatedMs).toBe(seen.lastUpdatedMs)
  expect(metadata.specs).toEqual(seen.specs)
  expect(metadata.defaultSpecId).toBe(seen.specId)
  expect(handle.sortOrder.fields).toEqual(seen.sortOrder.fields)
  if (!mayMiss({ seen, table })) {
    const rows = await readRows(handle.scan())
    expect(rowSet(schema.fields, rows)).toEqual(rowSet(seen.schema.fields, visibleRows(seen)))
  }
  checkHistory(seen, handle)
  await checkMetadata(handle, seen === table.newest)
}

function checkHistory(version: ModelVersion, table: UnknownTable): void {
  const { snapshots: expected, expired, refs, log } = version
  const { snapshots, metadata } = table
  const known = atPlaces(version, snapshots)
  const idOf = (place: number | null): bigint | null => known.get(place ?? -1)?.snapshotId ?? null
  expect(snapshots.map(({ timestampMs }) => timestampMs)).toEqual(
    placesOf(version).map((place) => expected[place]?.timestampMs),
  )
  for (const [place, { sequenceNumber, parentId, operation }] of known) {
    const parent = expected[place]?.parent ?? null
    expect(sequenceNumber).toBe(expected[place]?.sequenceNumber)
    expect(operation).toBe(expected[place]?.operation)
    // What has expired is named, and can be found no more.
    if (parent === null || !expired.has(parent)) expect(parentId).toBe(idOf(parent))
  }
  expect(table.currentSnapshot?.snapshotId ?? null).toBe(idOf(refs.get('main')?.head ?? null))
  const heads = [...refs].map(([name, { kind, head }]) => `${name} ${kind} ${idOf(head)}`)
  expect(
    [...table.refs].map(([name, { kind, snapshotId }]) => `${name} ${kind} ${snapshotId}`).sort(),
  ).toEqual(heads.sort())
  expect(metadata.snapshotLog).toEqual(
    log.map(({ timestampMs, head }) => ({ timestampMs, snapshotId: idOf(head) })),
  )
}

/** What was written is what is held in memory, and other engines could load it. */
async function checkMetadata(table: UnknownTable, isNewest: boolean): Promise<void> {
  try {
    await storedMetadataIsWhatIsHeld({ table })
    await storedMetadataCanBeLoadedByOthers({ table })
  } catch (error) {
    // A handle may be at a version that the table has let go of since.
    if (isNewest || !isKind(error, 'not-found')) throw error
  }
}

/** Expects of all that is kept that it reads as ever, and of the tables that they are sound. */
export async function checkEverything(model: Model, real: Real): Promise<void> {
  for (const index of [0, 1] as const) {
    const handle = real.handles[index]
    const { seen, table } = model.handles[index]
    await checkHandle(model.handles[index], handle)
    if (mayMiss(model.handles[index])) continue
    for (const [place, { snapshotId }] of atPlaces(seen, handle.snapshots)) {
      const known = seen.snapshots[place]
      const { fields } = known?.schema ?? { fields: [] }
      const scan = handle.scan().snapshot(snapshotId)
      expect(rowSet(scan.fields, await readRows(scan))).toEqual(rowSet(fields, rowsAs(known)))
    }
    // The metadata of a former version may be gone.
    if (seen === table.newest) await auditTable(handle, real.files)
  }
}

/** {@link auditSnapshot} of the newest snapshot that a handle sees. */
export async function auditNewest({ files }: Real, handle: UnknownTable): Promise<void> {
  const { currentSnapshot, state } = handle
  if (currentSnapshot !== null) await auditSnapshot(state, currentSnapshot, files)
}

/** How a call ended: the kind of its error, null for none. What is no error of this library is thrown. */
export async function endOf<Value>(
  promise: Promise<Value>,
): Promise<{ readonly kind: ErrorKind | null; readonly value: Value | undefined }> {
  try {
    return { kind: null, value: await promise }
  } catch (error) {
    if (error instanceof IcebergError && error.kind !== 'internal') {
      return { kind: error.kind, value: undefined }
    }
    throw error
  }
}

/** Expects an error of that kind; none for null. */
export async function expectKind(promise: Promise<unknown>, kind: ErrorKind | null): Promise<void> {
  expect((await endOf(promise)).kind).toBe(kind)
}
