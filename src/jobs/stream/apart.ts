// What a stream reads lies apart from what it writes and what it remembers. A stream that finds its own rows among what is new goes
// on without end; one whose files lie in a folder that others look after loses them.
import { IcebergError } from '../../base/errors.ts'
import { nameWithin, sameLocation } from '../../io/location.ts'
import { realLocation } from '../../io/real-location.ts'
import { MAIN_BRANCH } from '../../metadata/refs.ts'
import { ownFolders } from '../../table/locations.ts'
import type { JobTable } from '../lake.ts'
import type { StreamOrigin } from '../sources/stream-source.ts'
import type { Stream } from './stream.ts'

/** @throws IcebergError `invalid` where a source would read what the stream writes, or lies where that is */
export async function checkApart({
  sources,
  outputs,
  checkpoint,
}: Pick<Stream, 'sources' | 'outputs' | 'checkpoint'>): Promise<void> {
  const [tables, folders]: [JobTable[], OwnFolder[]] = [[], []]
  if (checkpoint !== null) folders.push({ of: 'checkpoint', location: checkpoint.folder })
  for (const output of outputs) {
    if (output.kind === 'other') {
      if (output.folder !== null) folders.push({ of: 'output', location: output.folder })
      continue
    }
    const table = await output.find()
    if (table !== null) tables.push(table)
    const own = table === null ? [output.folder] : ownFolders(table.metadata)
    for (const location of own) folders.push({ of: 'table', location })
  }
  for (const [input, { origin }] of sources) {
    if (origin?.kind === 'table') checkReadsAnother(input, origin, tables)
    if (origin?.kind === 'files') await checkLiesApart(input, origin, folders)
  }
}

/** A folder with files that the stream makes. */
interface OwnFolder {
  readonly of: 'checkpoint' | 'output' | 'table'
  readonly location: string
}

/** Rows are written to the main branch: another one may be read for it. */
function checkReadsAnother(
  input: string,
  origin: StreamOrigin & { readonly kind: 'table' },
  written: readonly JobTable[],
): void {
  if (origin.branch !== MAIN_BRANCH) return
  for (const { name, metadata } of written) {
    const { tableUuid, location } = metadata
    const hasSameId = tableUuid !== null && tableUuid === origin.tableUuid
    if (!hasSameId && !sameLocation(location, origin.location)) continue
    throw new IcebergError(
      'invalid',
      'the stream reads the table that it writes, and would read its own rows without end: write to another table',
      { context: { input, table: name } },
    )
  }
}

/** Links lead from one folder into another, however far apart their names are. */
async function checkLiesApart(
  input: string,
  { folder, reaches }: StreamOrigin & { readonly kind: 'files' },
  own: readonly OwnFolder[],
): Promise<void> {
  const read = await realLocation(folder)
  for (const { of, location } of own) {
    const written = await realLocation(location)
    const inside = nameWithin(read, written)
    const isApart = nameWithin(written, read) === null && (inside === null || !reaches(inside))
    if (isApart) continue
    throw new IcebergError(
      'invalid',
      'the files that a stream reads lie where it keeps its own: read another folder than its tables, outputs and checkpoint are in, or a pattern that leaves these out',
      { context: { input, files: folder, [of]: location } },
    )
  }
}
