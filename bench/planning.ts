// The table that planning is measured on, and the questions that are asked of it.
import { join } from 'node:path'

import type { SideSettings } from './settings.js'

/** Rows of the only data file, and those that every entry claims. */
export const FILE_ROWS = 10

/** Days since the epoch; each manifest has the files of a day. */
export const firstDay = 20_454n

export interface PlannedFiles {
  readonly manifests: number
  readonly filesPerManifest: number
}

/** So many files, in a hundred manifests. */
export function plannedFiles({ files }: SideSettings): PlannedFiles {
  return { manifests: 100, filesPerManifest: Math.ceil(files / 100) }
}

/** The warehouse that has the table. */
export function planningFolder({ folder }: SideSettings): string {
  return join(folder, 'planning')
}

export type PlanningVariant = 'manifest' | 'bounds' | 'all'

/** A question, and how many files may hold a match. */
export interface Question {
  /** Null: all rows. */
  readonly filter: string | null
  readonly files: number
}

/** What is asked: of one day, whose files are in one manifest; of a hundredth of the ids, which are everywhere; of all. */
export function planningQuestion(variant: PlanningVariant, settings: SideSettings): Question {
  const { manifests, filesPerManifest } = plannedFiles(settings)
  const files = manifests * filesPerManifest
  const questions: Readonly<Record<PlanningVariant, Question>> = {
    manifest: {
      filter: "pickup >= '2026-01-11T00:00:00' and pickup < '2026-01-12T00:00:00'",
      files: filesPerManifest,
    },
    bounds: { filter: `id < ${(files * FILE_ROWS) / 100}`, files: Math.ceil(files / 100) },
    all: { filter: null, files },
  }
  return questions[variant]
}
