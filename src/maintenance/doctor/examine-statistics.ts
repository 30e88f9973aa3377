import { readPuffinFooter } from '../../formats/puffin/file.ts'
import { openRandomAccess } from '../../formats/parquet/random-access.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { readOrTell } from './context.ts'
import type { Examining } from './context.ts'
import { finding } from './finding.ts'

interface StatisticsPlace {
  readonly path: string
  readonly fileSizeBytes: bigint
  readonly isPuffin: boolean
}

const CHECKS = { missing: 'missing-statistics', unreadable: 'unreadable-statistics' } as const

/** Looks at the files of statistics that a table names. No reader of rows needs them. */
export async function examineStatistics({ state, findings, options }: Examining): Promise<void> {
  const { store } = state.services
  for (const { path, fileSizeBytes, isPuffin } of placesOf(state.metadata)) {
    const sizeBytes = await readOrTell(findings, path, CHECKS, async () => {
      const info = await store.head(path, options)
      if (isPuffin) await readPuffinFooter(openRandomAccess(store, path, info.sizeBytes, options))
      return info.sizeBytes
    })
    if (sizeBytes === null || BigInt(sizeBytes) === fileSizeBytes) continue
    findings.add(finding('file-size', path, { stated: fileSizeBytes, found: sizeBytes }))
  }
}

function placesOf({ statistics, partitionStatistics }: TableMetadata): readonly StatisticsPlace[] {
  return [
    ...statistics.map((file) => ({ ...file, isPuffin: true })),
    ...partitionStatistics.map((file) => ({ ...file, isPuffin: false })),
  ]
}
