import { existsSync } from 'node:fs'

import fastGlob from 'fast-glob'

import { counted } from '../../base/counted.ts'
import { IcebergError } from '../../base/errors.ts'
import { absoluteLocation } from '../../io/absolute-location.ts'
import { planAddFiles } from '../../maintenance/import-files.ts'
import type { AddFilesPlan, AddFilesReport } from '../../maintenance/import-files.ts'
import type { ImportOptions } from '../commands/import.ts'
import { findTable } from '../find-table.ts'
import { printMaintenance } from '../maintenance-output.ts'
import type { FileRecord, MaintenanceResult } from '../maintenance-output.ts'
import type { Terminal } from '../terminal.ts'

const COMMAND = 'import'

export async function importFiles(
  terminal: Terminal,
  name: string,
  files: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const { signal } = terminal
  const table = await findTable(terminal, name, options)
  const plan = await planAddFiles(table, await locationsOf(files), {
    duplicates: options.allowDuplicates === true ? 'allowed' : 'refused',
    signal,
  })
  const result = options.dryRun === true ? planned(plan) : done(plan, await plan.run({ signal }))
  await printMaintenance(terminal, options, result)
}

async function locationsOf(names: readonly string[]): Promise<readonly string[]> {
  const locations: string[] = []
  for (const name of names) {
    const found = isPattern(name) ? await matching(name) : [name]
    locations.push(...found.map((one) => absoluteLocation(one)))
  }
  return locations
}

/** What is there under that very name is no pattern, nor is a place in other storage. */
function isPattern(name: string): boolean {
  const isUri = /^[a-z][a-z0-9+.-]+:/i.test(name)
  return !isUri && fastGlob.isDynamicPattern(name) && !existsSync(name)
}

async function matching(pattern: string): Promise<readonly string[]> {
  const found = await fastGlob(pattern, { onlyFiles: true })
  if (found.length > 0) return found.toSorted()
  throw new IcebergError('not-found', 'no file matches the pattern', { context: { pattern } })
}

function planned(plan: AddFilesPlan): MaintenanceResult {
  return {
    command: COMMAND,
    text: plan.describe(),
    facts: {
      'added-records': plan.rows,
      'added-files-size': plan.sizeBytes,
      'empty-files': plan.emptyFiles,
      'unknown-columns': plan.unknownColumns,
      'missing-columns': plan.missingColumns,
      'name-mapping': plan.nameMapping !== null,
    },
    files: fileRecords(plan),
  }
}

function done(plan: AddFilesPlan, report: AddFilesReport): MaintenanceResult {
  const { snapshotId, rows, sizeBytes, addedFiles } = report
  return {
    command: COMMAND,
    text:
      snapshotId === null
        ? 'nothing to import: the files have no rows'
        : `imported ${counted(addedFiles.length, 'file')} with ${counted(rows, 'row')}`,
    facts: {
      'snapshot-id': snapshotId,
      'added-records': rows,
      'added-files-size': sizeBytes,
      'empty-files': plan.emptyFiles,
      'unknown-columns': plan.unknownColumns,
      'missing-columns': plan.missingColumns,
      'name-mapping': plan.nameMapping !== null,
    },
    files: fileRecords(plan),
  }
}

function fileRecords({ files }: AddFilesPlan): readonly FileRecord[] {
  return files.map(({ path, recordCount }) => ({
    path,
    kind: 'data',
    'record-count': recordCount,
  }))
}
