// What storage takes for as many commits: the files of each, of about their size, written and synced by the store that
// tables on disk stand on.
import { join } from 'node:path'

import { createLocalStore } from 'frazil/io'

import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

/** A data file, a manifest, a manifest list, the metadata; the hint goes over the one before. */
const FILE_BYTES = { data: 1_200, manifest: 4_500, list: 6_000, metadata: 80_000 }

const { folder, commits } = sideSettings()
const root = join(folder, `files-${process.pid}`)
await reportSide(async () => {
  const store = createLocalStore()
  for (let commit = 0; commit < commits; commit += 1) {
    for (const [name, sizeBytes] of Object.entries(FILE_BYTES)) {
      await store.put(join(root, `${name}-${commit}`), new Uint8Array(sizeBytes), 'create')
    }
    await store.put(join(root, 'hint'), new TextEncoder().encode(String(commit)), 'overwrite')
  }
  return { commits }
})
