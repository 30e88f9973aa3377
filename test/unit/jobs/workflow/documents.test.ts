/** Job files of others, as they are: of the older generations, and not always as their own manual asks. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { lintWorkflow } from '../../../../src/jobs/workflow/lint.ts'
import { parseWorkflow } from '../../../../src/jobs/workflow/parse.ts'
import { ORDERS_TEXT } from '../../../support/jobs/orders.ts'
import { faultsOf, warningsOf } from '../../../support/jobs/workflow-file.ts'

const DOCUMENTS = fileURLToPath(new URL('../../../../../shared/source-documents/', import.meta.url))
const CLOUDEVENTS_TEXT = existsSync(DOCUMENTS) ? cloudevents() : null

/** The only block of YAML in the document about streams that are read as batches. */
function cloudevents(): string {
  const name = readdirSync(DOCUMENTS).find((entry) => entry.startsWith('003_')) ?? ''
  const text = readFileSync(join(DOCUMENTS, name), 'utf8')
  return /^```yaml\n(.*?)^```$/ms.exec(text)?.[1] ?? ''
}

function rulesOf(text: string): readonly string[] {
  return lintWorkflow(parseWorkflow(text).workflow).map(({ rule, line }) => `${line} ${rule}`)
}

describe('a month of orders in each run', () => {
  it('is read', () => {
    const { workflow } = parseWorkflow(ORDERS_TEXT)
    expect(workflow.dag.map((job) => job.id)).toEqual([
      'public/incremental-ingestion-08/order-incremental-08',
      'public/incremental-ingestion-08/dataos-tool-order',
    ])
    expect(workflow.dag[0]).toMatchObject({
      inputs: [{ name: 'order_input', incremental: { context: 'incremental_order_8' } }],
      outputs: [{ name: 'order_input', mode: 'overwrite-partitions' }],
    })
    expect(warningsOf(ORDERS_TEXT)).toEqual([
      '19 workflow.dag[0].spec.envs: envs have no effect here: FLARE_AUDIT_MODE, STORE_URL',
    ])
  })

  it('loses rows at the ends of its months, and late ones', () => {
    expect(rulesOf(ORDERS_TEXT)).toEqual(['31 boundary-loss', '36 window-past-data'])
  })
})

const title = 'a stream that is read as a batch (skipped: no documents beside this checkout)'

describe.skipIf(CLOUDEVENTS_TEXT === null)(title, () => {
  const text = CLOUDEVENTS_TEXT ?? ''

  it('is read, named by its file', () => {
    const { workflow } = parseWorkflow(text, { file: 'jobs/cloudevents.yaml' })
    expect(workflow.dag).toMatchObject([
      {
        id: 'public/cloudevents/cloudevents-data',
        stack: 'flare:1.0',
        inputs: [
          {
            name: 'input_cloudevents',
            format: null,
            log: {
              schemaRegistryUrl: 'http://schema-registry.caretaker:8081',
              startingOffsets: 'earliest',
            },
          },
        ],
        steps: [
          {
            name: 'cloudevents',
            sql: 'SELECT *, time as _timestamp FROM input_cloudevents',
            functions: [{ name: 'set_type' }],
          },
        ],
        outputs: [
          {
            kind: 'table',
            name: 'cloudevents',
            dataset: { depot: 'icebase', collection: 'sys01', dataset: 'cloudevents', acl: 'rw' },
            mode: 'overwrite-partitions',
            partitionSpec: [
              { transform: { kind: 'identity' }, column: 'source', name: 'source' },
              { transform: { kind: 'hour' }, column: '_timestamp', name: 'hour' },
            ],
            title: 'cloudevents data',
            tags: ['Cloudevents'],
          },
        ],
      },
    ])
  })

  it('is put up with, and its author told', () => {
    expect(warningsOf(text)).toEqual([
      '1 /: a dag without the frame of a workflow: version, name, type and workflow are missing',
      '6 dag[0].spec: compute is missing; it has no effect here',
      '11 dag[0].spec.flare.job.streaming: STREAMING_BLOCK_UNUSED: no input has isStream: true, so this is a batch job and streaming has no effect',
    ])
  })

  it('is refused when strict', () => {
    expect(faultsOf(text, 'invalid', { strict: true })).toEqual([
      '1 /: a dag without the frame of a workflow: version, name, type and workflow are missing',
      '11 dag[0].spec.flare.job.streaming: STREAMING_BLOCK_UNUSED: no input has isStream: true, so this is a batch job and streaming has no effect',
    ])
  })

  it('replaces hours by what the log still has of them', () => {
    expect(rulesOf(text)).toEqual(['37 log-reread'])
  })

  it('never is the stream that it may have been meant for as it stands: hours would lose what earlier batches brought', () => {
    const stream = text.replace('isStream: false', 'isStream: true')
    expect(faultsOf(stream, 'invalid')).toEqual([
      expect.stringContaining('in a stream each batch would take the place of earlier ones'),
    ])
  })
})
