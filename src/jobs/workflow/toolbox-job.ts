import type { Fields } from '../yaml/fields.ts'
import { readWritableDataset } from './dataset.ts'
import type { JobFrame, ToolboxJob } from './model.ts'
import { TOOLBOX_ACTION } from './vocabulary.ts'

/** The body of a job of the toolbox stack. */
export function readToolboxJob(frame: JobFrame, body: Fields): ToolboxJob {
  const dataset = readWritableDataset(body)
  const action = body.requiredMap('action', TOOLBOX_ACTION)
  if (action !== null) checkSetVersion(action)
  return { ...frame, kind: 'toolbox', dataset, action: { name: 'set_version', value: 'latest' } }
}

function checkSetVersion(action: Fields): void {
  if (action.require('name')) action.word('name', ['set_version'])
  const value = action.text('value')
  if (value === '' || value === 'latest') return
  if (/^v\d+(\.gz)?\.metadata\.json$/.test(value)) {
    action.faults.unsupported(action.placeOf('value'), 'a version other than latest')
  } else action.invalid('value', 'must be latest, or the name of a metadata file')
}
