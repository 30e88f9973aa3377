// Reads and inflates the manifests of the same table, and nothing else: what any planner must do that asks all of them.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

import { reportSide } from '../measure.js'
import { planningFolder } from '../planning.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const folder = join(planningFolder(settings), 'city/rides/metadata')

/** More than the blocks of these manifests inflate to, so that each is one piece. */
const BLOCK_BYTES = 1024 * 1024

await reportSide(async () => {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('bench-m')) continue
    for (const block of blocksOf(await readFile(join(folder, name)))) {
      inflateRawSync(block, { chunkSize: BLOCK_BYTES })
    }
  }
  return {}
})

/** The blocks of an Avro file, found by the marker that stands before the first and after each. */
function blocksOf(bytes: Buffer): readonly Buffer[] {
  const marker = bytes.subarray(-16)
  const blocks: Buffer[] = []
  let start = bytes.indexOf(marker) + marker.length
  while (start < bytes.length) {
    const end = bytes.indexOf(marker, start)
    blocks.push(bytes.subarray(afterNumber(bytes, afterNumber(bytes, start)), end))
    start = end + marker.length
  }
  return blocks
}

function afterNumber(bytes: Buffer, start: number): number {
  let end = start
  while ((bytes[end] ?? 0) >= 0x80) end += 1
  return end + 1
}
