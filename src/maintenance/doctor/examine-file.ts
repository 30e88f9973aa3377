// One file of rows or of deletes: whether it is there, is as long as it should be, and says of itself what is recorded.
import { decodeDeletionVector } from '../../formats/puffin/deletion-vector.ts'
import { readPuffinFooter } from '../../formats/puffin/file.ts'
import { readFooter } from '../../formats/parquet/footer.ts'
import { openRandomAccess } from '../../formats/parquet/random-access.ts'
import type { RandomAccess } from '../../formats/parquet/random-access.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import { currentSchema } from '../../metadata/table-metadata.ts'
import { fileConstants } from '../../scan/file-facts.ts'
import { identifiedFooter } from '../../scan/identified-footer.ts'
import { IcebergError } from '../../base/errors.ts'
import { misfitColumns, nullsInRequired } from './column-checks.ts'
import type { ColumnMisfit } from './column-checks.ts'
import { compareMetrics } from './compare-metrics.ts'
import { readOrTell } from './context.ts'
import type { Examining, FileChecks } from './context.ts'
import { examineRows } from './examine-rows.ts'
import { finding } from './finding.ts'
import type { Findings } from './findings.ts'
import { footerMetrics } from './footer-metrics.ts'
import { isVector } from './manifest-digest.ts'

const OF_DATA: FileChecks = { missing: 'missing-data-file', unreadable: 'unreadable-data-file' }
const OF_DELETES: FileChecks = {
  missing: 'missing-delete-file',
  unreadable: 'unreadable-delete-file',
}

/** Looks at a file of which an entry says that it is live. */
export async function examineFile(examining: Examining, file: DataFile): Promise<void> {
  const { state, findings, options, isDeep } = examining
  const checks = file.content === 'data' ? OF_DATA : OF_DELETES
  const { store } = state.services
  const info = await readOrTell(findings, file.path, checks, () => store.head(file.path, options))
  if (info === null) return
  if (BigInt(info.sizeBytes) !== file.fileSizeBytes) {
    const context = { stated: file.fileSizeBytes, found: info.sizeBytes }
    findings.add(finding('file-size', file.path, context))
  }
  // What it says of itself is at its end, wherever that is.
  const access = openRandomAccess(store, file.path, info.sizeBytes, options)
  const isRead = await readOrTell(findings, file.path, checks, async () => {
    await examineContent(examining, file, access)
    return true
  })
  if (isRead === null || !isDeep || file.content !== 'data' || file.format !== 'parquet') return
  const found = { ...file, fileSizeBytes: BigInt(info.sizeBytes) }
  await readOrTell(findings, file.path, checks, () => examineRows(examining, found))
}

async function examineContent(
  examining: Examining,
  file: DataFile,
  access: RandomAccess,
): Promise<void> {
  if (isVector(file)) return examineVector(examining, file, access)
  if (file.format === 'parquet') return examineFooter(examining, file, access)
  await checkMagic(file, access)
  throw new IcebergError('unsupported', 'files of this format are not read yet', {
    context: { format: file.format },
  })
}

async function examineFooter(
  { state: { metadata }, findings, isDeep }: Examining,
  file: DataFile,
  access: RandomAccess,
): Promise<void> {
  const footer = await readFooter(access)
  if (footer.rowCount !== file.recordCount) {
    const context = { stated: file.recordCount, found: footer.rowCount }
    findings.add(finding('record-count', file.path, context))
  }
  // The rows themselves say more of their columns.
  if (file.content !== 'data' || isDeep) return
  const schema = currentSchema(metadata)
  const identified = identifiedFooter(footer, metadata, schema.fields)
  const misfits =
    footer.rowCount === 0n
      ? []
      : misfitColumns(schema, identified.schema, fileConstants(metadata, file, new Map()))
  // Of columns that cannot be read the metrics mean nothing.
  if (misfits.length > 0) return tellMisfit(findings, file, misfits)
  const measured = footerMetrics(identified, schema)
  findings.add(...compareMetrics(file, measured, schema))
  tellMisfit(findings, file, nullsInRequired(schema, measured.nullCounts))
}

/** One finding for a file: a schema that does not fit seldom does so in one column alone. */
function tellMisfit(
  findings: Findings,
  { path }: DataFile,
  [misfit]: readonly ColumnMisfit[],
): void {
  if (misfit !== undefined) findings.add(finding('misfit-columns', path, { ...misfit }))
}

/** What the spec says of the blob is checked where it stands; where that is, the manifest and the file both say. */
async function examineVector(
  { findings }: Examining,
  file: DataFile,
  access: RandomAccess,
): Promise<void> {
  const { contentOffset, contentSizeBytes, recordCount, path } = file
  // Without a place there is nothing to read, which is told of the entry.
  if (contentOffset === undefined || contentSizeBytes === undefined) return
  await readPuffinFooter(access)
  const start = Number(contentOffset)
  const blob = await access.read(start, start + Number(contentSizeBytes))
  const { cardinality } = decodeDeletionVector(blob)
  if (cardinality === recordCount) return
  findings.add(finding('record-count', path, { stated: recordCount, found: cardinality }))
}

/** What files of formats that are not read begin with. */
const MAGIC: Partial<Readonly<Record<DataFile['format'], string>>> = {
  avro: 'Obj\u0001',
  orc: 'ORC',
  puffin: 'PFA1',
}

async function checkMagic({ format }: DataFile, access: RandomAccess): Promise<void> {
  const magic = MAGIC[format] ?? ''
  const start = await access.read(0, Math.min(magic.length, access.sizeBytes))
  if (Buffer.from(start).toString('latin1') === magic) return
  throw new IcebergError('corrupt', 'file does not begin like one of its format', {
    context: { format },
  })
}
