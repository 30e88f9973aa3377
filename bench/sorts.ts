// The ways to write rows that come in no order: cut by their day, sorted by a column that is in no order either, or neither.
import { join } from 'node:path'

import type { NewTableOptions } from 'frazil'

import type { Ride } from './rides.js'
import type { SideSettings } from './settings.js'

export type SortVariant =
  | 'source'
  | 'tenth'
  | 'tenth, sorted'
  | 'whole'
  | 'days'
  | 'days, sorted in memory'
  | 'days, sorted and spilled'

/** What is written, and how the table and the append are told to. */
export interface SortTask {
  readonly rows: number
  readonly layout: Pick<NewTableOptions<typeof Ride>, 'partitionBy' | 'sortBy'>
  readonly options: { readonly sortBytes?: number; readonly tempFolder?: string }
}

const DAYS = { partitionBy: ['day(pickup)'] } as const

/** Days that are sorted each. */
export const SORTED_DAYS = { ...DAYS, sortBy: ['fare'] } as const

export function sortTask(variant: SortVariant, settings: SideSettings): SortTask {
  const { rows } = settings
  const tasks: Readonly<Record<SortVariant, SortTask>> = {
    source: { rows, layout: {}, options: {} },
    tenth: { rows: rows / 10, layout: {}, options: {} },
    'tenth, sorted': { rows: rows / 10, layout: { sortBy: ['fare'] }, options: {} },
    whole: { rows, layout: {}, options: {} },
    days: { rows, layout: DAYS, options: {} },
    'days, sorted in memory': {
      rows,
      layout: SORTED_DAYS,
      options: { sortBytes: Number.MAX_SAFE_INTEGER },
    },
    'days, sorted and spilled': {
      rows,
      layout: SORTED_DAYS,
      options: { tempFolder: spillFolder(settings) },
    },
  }
  return tasks[variant]
}

/** The warehouse that has a variant's table. The one that others read stays there. */
export function sortFolder(variant: SortVariant, { folder }: SideSettings): string {
  return join(folder, variant === 'source' ? 'any-day' : 'sorted')
}

export function spillFolder({ folder }: SideSettings): string {
  return join(folder, 'spill')
}
