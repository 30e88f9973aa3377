/**
 * A process that reads the table of a folder again and again, each time with one file damaged at one place, and says what came
 * of it as JSON. Started with `{ folder, workers, places }` as JSON, where each file is damaged at about that many places. Runs from
 * `dist`, because Node 20 runs no TypeScript, and its threads do not either.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { IcebergError, openTable } from '../../../dist/index.js'

const { folder, workers, places } = JSON.parse(process.argv[2])
const HANG_MS = 30_000

process.stdout.write(JSON.stringify(await damageAll()))

async function damageAll() {
  const whole = await rowsOf()
  const outcomes = []
  for (const file of filesToRead()) {
    const bytes = readFileSync(file)
    for (const { part, damage, at, damaged } of damages(file, bytes)) {
      writeFileSync(file, damaged)
      const files = readdirSync(join(folder, 'metadata')).length
      const read = await outcomeOf(rowsOf)
      outcomes.push({
        part,
        damage,
        at,
        outcome: read === whole ? 'same' : (read.error ?? 'other'),
      })
      if (readdirSync(join(folder, 'metadata')).length !== files)
        throw new Error('a file was written')
      writeFileSync(file, bytes)
    }
  }
  if ((await rowsOf()) !== whole) throw new Error('the table is not as it was')
  return outcomes
}

/** A bit of the byte turned over at places all over the file, and the file cut off there. */
function* damages(file, bytes) {
  const stride = Math.max(1, Math.ceil(bytes.length / places))
  for (let at = 0; at < bytes.length; at += stride) {
    const flipped = Buffer.from(bytes)
    flipped[at] ^= 1 << (at % 8)
    yield { part: partOf(file, bytes, at), damage: 'flip', at, damaged: flipped }
    yield { part: partOf(file, bytes, at), damage: 'cut', at, damaged: bytes.subarray(0, at) }
  }
}

function partOf(file, bytes, at) {
  if (/version-hint/.test(file)) return 'version hint'
  if (file.endsWith('metadata.json')) return 'table metadata'
  if (/snap-[^/]*$/.test(file)) return 'manifest list'
  if (file.endsWith('.avro')) return 'manifest'
  return at >= 4 && at < bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
    ? 'pages'
    : 'footer'
}

/** The newest metadata, and all that it leads to in a table whose appends all are kept. */
function filesToRead() {
  const names = readdirSync(folder, { recursive: true }).map((name) => join(folder, name))
  const newest = (pattern) =>
    names
      .filter((name) => pattern.test(name))
      .sort(byNumber)
      .slice(-1)
  const others = names.filter((name) => /-m\d+\.avro$|\.parquet$|version-hint\.text$/.test(name))
  const list = JSON.parse(readFileSync(newest(/metadata\.json$/)[0], 'utf8')).snapshots.at(-1)
  const lists = names.filter((name) =>
    name.endsWith(String(list['manifest-list']).split('/').at(-1)),
  )
  return [...newest(/metadata\.json$/), ...lists, ...others]
}

function byNumber(left, right) {
  const numberOf = (name) => Number(/(\d+)[^/\d]*$/.exec(name)?.[1] ?? 0)
  return numberOf(left) - numberOf(right)
}

/** All rows, those that a filter gives, and their number. */
async function rowsOf() {
  const table = await openTable(folder, { workers })
  const filtered = table.scan().where("fare < 1 or city = 'Bergen'")
  const lines = []
  for (const scan of [table.scan(), filtered]) {
    for await (const line of scan.ndjson()) lines.push(line)
  }
  lines.push(String(await table.scan().count()))
  return lines.sort().join('\n')
}

/** The rows, or what kind of error there was instead; an error that nobody threw on purpose says so. */
async function outcomeOf(read) {
  let timer
  const hang = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ error: 'hung' }), HANG_MS)
  })
  const result = read().catch((error) => ({
    error: error instanceof IcebergError ? error.kind : `untyped: ${error?.stack}`,
  }))
  return Promise.race([result, hang]).finally(() => clearTimeout(timer))
}
