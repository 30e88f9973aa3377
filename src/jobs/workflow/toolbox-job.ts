import type { Fields } from '../yaml/fields.ts'
import { readWritableDataset } from './dataset.ts'
import type { JobFrame, ToolboxJob } from './model.ts'
import { TOOLBOX_ACTION } from './vocabulary.ts'

/** The body of a job of the toolbox stack. */
export function readToolboxJob(frame: JobFrame, body: Fields): ToolboxJob {
  const dataset = readWritableDataset(body)
  const action = body.requiredMap('action', TOOLBOX_ACTION)
  const value = action === null ? '' : readVersion(action)
  return { ...frame, kind: 'toolbox', dataset, action: { name: 'set_version', value } }
}

/** `v4.metadata.json` of a folder of tables, or `00004-3f2a....metadata.json` of other catalogs; either may be gzipped. */
const METADATA_FILE = /^(?:v\d+|\d+-[\w-]+)(?:\.gz)?\.metadata\.json$/

function readVersion(action: Fields): string {
  if (action.require('name')) action.word('name', ['set_version'])
  const value = action.text('value')
  if (value !== '' && value !== 'latest' && !METADATA_FILE.test(value)) {
    action.invalid('value', 'must be latest, or the name of a metadata file')
  }
  return value
}
