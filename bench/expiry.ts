// The tables that expiry and the removal of orphans are measured on.
import { linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import type { SideSettings } from './settings.js'

/** The warehouse that has the table whose snapshots expire. */
export function expiryFolder({ folder }: SideSettings): string {
  return join(folder, 'expiry')
}

/** The same as it was written. */
export function keptExpiryFolder({ folder }: SideSettings): string {
  return join(folder, 'expiry-kept')
}

/** Puts the files of the table back that a former round has removed: expiry writes to none, so that links will do. */
export function restoreExpiry(settings: SideSettings): void {
  rmSync(expiryFolder(settings), { recursive: true, force: true })
  linkFolder(keptExpiryFolder(settings), expiryFolder(settings))
}

export function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) linkFolder(source, target)
    else linkSync(source, target)
  }
}

/** The warehouse that has the table in whose folder orphans are looked for. */
export function orphansFolder({ folder }: SideSettings): string {
  return join(folder, 'orphans')
}

/** Of ten listed objects nine are named. */
const NAMED_SHARE = 0.9

export interface ListedCounts {
  readonly named: number
  readonly orphans: number
}

export function listedCounts({ listed }: SideSettings): ListedCounts {
  const named = Math.floor(listed * NAMED_SHARE)
  return { named, orphans: listed - named }
}

/** How many files of a folder are listed one after the other. */
const FOLDER_FILES = 2_500

/** Of a data file, below the table; those from `named` on are orphans. */
export function listedName(index: number): string {
  const day = String(Math.floor(index / FOLDER_FILES)).padStart(3, '0')
  const uuid = `${(index * 2_654_435_761) >>> 0}`.padStart(12, '0')
  return `data/pickup_day=2026-${day}/00000-6c1f0a3e-9d5b-4c1c-8f54-${uuid}-${index}.parquet`
}
