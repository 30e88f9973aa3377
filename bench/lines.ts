// Rows as a web shop writes them down: a JSON object of eight fields in each line, some 160 bytes.
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'

import { schema, t } from 'frazil'

import { randomWords } from './rides.js'
import type { SideSettings } from './settings.js'

export const Visit = schema({
  id: t.long(),
  user_id: t.long(),
  event: t.string(),
  ts: t.timestamptz(),
  amount: t.double(),
  country: t.string(),
  url: t.string(),
  ok: t.boolean(),
})

/** A fifth of the rows of others: of a twentieth, starting and compiling took half the CPU. */
export function lineCount({ rows }: SideSettings): number {
  return rows / 5
}

/** The folder that has the file of them. */
export function landingFolder({ folder }: SideSettings): string {
  return join(folder, 'landing')
}

export function linesFile(settings: SideSettings): string {
  return join(landingFolder(settings), 'visits.ndjson')
}

/** Writes the file. */
export async function writeLines(settings: SideSettings): Promise<number> {
  const rows = lineCount(settings)
  const random = randomWords(1)
  const file = createWriteStream(linesFile(settings))
  for (let id = 0; id < rows; id += 1) {
    const line = JSON.stringify({
      id: 9_000_000 + id,
      user_id: random() % 1_000_000,
      event: EVENTS[random() % EVENTS.length],
      ts: new Date(START_MS + id * 37).toISOString(),
      amount: (random() % 100_000) / 100,
      country: COUNTRIES[random() % COUNTRIES.length],
      url: `https://shop.example.com/goods/${random() % 100_000}`,
      ok: random() % 2 === 0,
    })
    if (!file.write(`${line}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return rows
}

const EVENTS = ['page_view', 'click', 'purchase']
const COUNTRIES = ['NO', 'SE', 'DK', 'FI']
const START_MS = 1_769_860_800_000
