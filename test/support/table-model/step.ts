/** What every command shares: afterwards everything must hold. */
import type fc from 'fast-check'
import { expect } from 'vitest'

import type { ErrorKind } from '../../../src/base/errors.ts'
import { readMetadataFile } from '../../../src/catalog/metadata-file.ts'
import { checkInvariants } from '../../../src/metadata/invariants.ts'
import { readRows, rowSet } from '../row-sets.ts'
import { auditSnapshot } from '../snapshot-audit.ts'
import { visibleRows } from './model.ts'
import type { Model, ModelHandle, Real, UnknownTable } from './model.ts'

export type Command = fc.AsyncCommand<Model, Real>

export abstract class Step implements Command {
  check(_model: Readonly<Model>): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real)
    await checkAll(model, real)
  }

  abstract act(model: Model, real: Real): Promise<void>
  abstract toString(): string
}

/** Expects everything that must hold after every command. */
async function checkAll(model: Model, real: Real): Promise<void> {
  for (const index of [0, 1] as const) {
    const handle = real.handles[index]
    const expected = rowSet(model.layout.schema.fields, visibleRows(model.handles[index]))
    expect(rowSet(model.layout.schema.fields, await readRows(handle.scan()))).toEqual(expected)
    await checkHistory(model.handles[index], handle)
    await checkMetadata(handle)
  }
}

async function checkHistory(model: ModelHandle, handle: UnknownTable): Promise<void> {
  const { snapshots } = handle
  expect(snapshots.map(({ timestampMs }) => timestampMs)).toEqual(
    model.table.snapshots.slice(0, model.seen).map(({ timestampMs }) => timestampMs),
  )
  for (const [index, { sequenceNumber, parentId }] of snapshots.entries()) {
    expect(sequenceNumber).toBe(BigInt(index + 1))
    expect(parentId).toBe(snapshots[index - 1]?.snapshotId ?? null)
  }
  expect(handle.currentSnapshot).toBe(snapshots.at(-1) ?? null)
}

/** What was written is what is held in memory, and other engines could load it. */
async function checkMetadata({ state, metadata, metadataLocation }: UnknownTable): Promise<void> {
  checkInvariants(metadata, 'internal')
  expect(await readMetadataFile(state.services.store, metadataLocation)).toEqual(metadata)
}

/** Expects of every snapshot that is kept that its files are sound and that it reads as ever. */
export async function checkSnapshots(model: Model, real: Real): Promise<void> {
  const { fields } = model.layout.schema
  for (const index of [0, 1] as const) {
    const handle = real.handles[index]
    for (const [version, snapshot] of handle.snapshots.entries()) {
      const rows = await auditSnapshot(handle.state, snapshot, real.files)
      const expected = rowSet(fields, model.handles[index].table.snapshots[version]?.rows ?? [])
      expect(rowSet(fields, rows)).toEqual(expected)
      expect(rowSet(fields, await readRows(handle.scan().snapshot(snapshot.snapshotId)))).toEqual(
        expected,
      )
    }
  }
}

/** {@link auditSnapshot} of the newest snapshot that a handle sees. */
export async function auditNewest({ files }: Real, handle: UnknownTable): Promise<void> {
  const { currentSnapshot, state } = handle
  if (currentSnapshot !== null) await auditSnapshot(state, currentSnapshot, files)
}

/** Expects an error of that kind; none for null. */
export async function expectKind(promise: Promise<unknown>, kind: ErrorKind | null): Promise<void> {
  if (kind === null) await promise
  else await expect(promise).rejects.toMatchObject({ kind })
}
