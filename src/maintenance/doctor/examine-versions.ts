// What stands beside the current metadata file: former versions, by the log, and the hint of a folder.
import { mapConcurrent } from '../../base/concurrency.ts'
import { readMetadataFile } from '../../catalog/metadata-file.ts'
import { strayHint, versionOf } from '../../catalog/metadata-versions.ts'
import { parentLocation } from '../../io/location.ts'
import { isSameTable } from '../../metadata/table-metadata.ts'
import { readOrTell } from './context.ts'
import type { Examining } from './context.ts'
import { finding } from './finding.ts'

/** Metadata may take hundreds of megabytes in memory. */
const VERSIONS_IN_FLIGHT = 2

const OF_FORMER = {
  missing: 'missing-former-metadata',
  unreadable: 'unreadable-former-metadata',
} as const

/** Looks at the former versions of a table, and whether the hint leads to one. */
export async function examineVersions(examining: Examining): Promise<void> {
  const { state, findings, options } = examining
  const { metadata } = state
  const looked = mapConcurrent(
    metadata.metadataLog,
    VERSIONS_IN_FLIGHT,
    async ({ metadataFile: path }) => {
      const former = await readOrTell(findings, path, OF_FORMER, () =>
        readMetadataFile(state.services.store, path),
      )
      const { tableUuid } = metadata
      // Versions of tables of version 1 may have none.
      if (former === null || tableUuid === null || isSameTable(former, metadata)) return
      findings.add(finding('foreign-version', path, { uuid: former.tableUuid ?? '', tableUuid }))
    },
    options.signal,
  )
  for await (const _ of looked) continue
  await examineHint(examining)
}

/** Only versions of a folder are found by a hint. */
async function examineHint({ state, findings }: Examining): Promise<void> {
  const { metadataLocation } = state.loaded
  if (versionOf(metadataLocation) === null) return
  const { store } = state.services
  const folder = { store, location: parentLocation(metadataLocation), onWarning: () => undefined }
  const hint = await strayHint(folder)
  if (hint === null) return
  const check = hint.isNumber ? 'version-hint' : 'unreadable-version-hint'
  findings.add(finding(check, folder.location, { hint: hint.text }))
}
