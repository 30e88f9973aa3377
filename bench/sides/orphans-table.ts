// Writes the table in whose folder orphans are looked for: what its files hold does not matter, nor that none is there.
import { openWarehouse } from '../../src/client/warehouse.js'
import { encodeManifestList } from '../../src/formats/avro/manifest-list-codec.js'
import type { ManifestEntry } from '../../src/metadata/manifest-entry.js'
import { currentSpec } from '../../src/metadata/table-metadata.js'
import { schema, t } from '../../src/types/define.js'
import { noMetrics } from '../../src/types/metrics.js'
import { writeManifests } from '../../src/write/manifest-writer.js'
import { createWriteContext } from '../../src/write/write-context.js'
import { listedCounts, listedName, orphansFolder } from '../expiry.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()

await reportSide(async () => {
  const warehouse = await openWarehouse(orphansFolder(settings))
  const rides = await warehouse.createTable('city.rides', { schema: schema({ id: t.long() }) })
  await rides.append([{ id: 1 }])
  const { metadata, services, loaded } = rides.state
  const [task] = (await rides.scan().plan()).tasks
  const parent = rides.currentSnapshot
  if (task === undefined || parent === null) throw new Error('one file was appended')
  const snapshotId = parent.snapshotId + 1n
  const numbers = { snapshotId, sequenceNumber: metadata.lastSequenceNumber + 1n }
  const { named } = listedCounts(settings)
  const entries = Array.from({ length: named }, (_, index): ManifestEntry => {
    const path = `${metadata.location}/${listedName(index)}`
    const unknown = { dataSequenceNumber: null, fileSequenceNumber: null }
    return {
      status: 'added',
      snapshotId,
      ...unknown,
      file: { ...task.file, path, metrics: noMetrics },
    }
  })
  const spec = currentSpec(metadata)
  const manifests = await writeManifests(createWriteContext(rides.state), {
    ...numbers,
    spec,
    entries,
  })
  const manifestList = `${metadata.location}/metadata/bench-list.avro`
  const list = { formatVersion: 2 as const, ...numbers, parentId: parent.snapshotId, manifests }
  await services.store.put(manifestList, encodeManifestList(list), 'create')
  const snapshot = { ...parent, ...numbers, parentId: parent.snapshotId, manifestList }
  await services.catalog.commitTable(loaded, {
    requirements: [],
    updates: [
      { action: 'add-snapshot', snapshot: { ...snapshot, operation: 'overwrite' } },
      { action: 'set-snapshot-ref', name: 'main', ref: { snapshotId, kind: 'branch' } },
    ],
  })
  return { files: named, manifests: manifests.length }
})
