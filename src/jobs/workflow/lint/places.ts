// Datasets that the configuration has no place for.
import { IcebergError } from '../../../base/errors.ts'
import type { DatasetAddress } from '../../address.ts'
import { locateFolder, locateTable, locateTopic } from '../../config.ts'
import type { Config } from '../../config.ts'
import type { Place } from '../../yaml/faults.ts'
import type { Input, Job, Output } from '../model.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'

export function placeFindings(job: Job, config: Config): readonly Finding[] {
  if (job.kind === 'toolbox') {
    return found(job.place, () => checkTable(config, job.dataset))
  }
  if (job.kind === 'maintenance') {
    return job.actions.flatMap(({ place, dataset }) =>
      found(place, () => checkTable(config, dataset)),
    )
  }
  return [
    ...job.inputs.flatMap((input) => found(input.place, () => checkInput(config, input))),
    ...job.outputs.flatMap((output) => found(output.place, () => checkOutput(config, output))),
  ]
}

function found(place: Place, check: () => void): readonly Finding[] {
  try {
    check()
    return []
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    return [finding('misplaced-dataset', place, error.message)]
  }
}

function checkInput(config: Config, { dataset, metadataTable, format, log }: Input): void {
  if (locateTopic(config, dataset) !== null) return
  const folder = locateFolder(config, dataset)
  if (log !== null) throw misplaced('the depot holds no logs')
  if (folder !== null && format !== 'iceberg') return
  if (format !== null && format !== 'iceberg') throw misplaced('the depot holds tables, not files')
  checkTable(config, metadataTable?.table ?? dataset)
}

function checkOutput(config: Config, output: Output): void {
  if (output.kind === 'table') checkTable(config, output.dataset)
  if (output.kind === 'files' && locateFolder(config, output.dataset) === null) {
    throw misplaced('the depot holds tables, not files')
  }
}

function checkTable(config: Config, dataset: DatasetAddress): void {
  locateTable(config, dataset)
}

function misplaced(message: string): IcebergError {
  return new IcebergError('invalid', message)
}
