/** Job files of others, as they are: of the older generations, and not always as their own manual asks. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { lintWorkflow } from '../../../../src/jobs/workflow/lint.ts'
import { parseWorkflow } from '../../../../src/jobs/workflow/parse.ts'
import { ORDERS_TEXT } from '../../../support/jobs/orders.ts'
import { faultsOf, warningsOf } from '../../../support/jobs/workflow-file.ts'

const CLOUDEVENTS_FILE = fileURLToPath(
  new URL('../../../support/jobs/cloudevents.yaml', import.meta.url),
)
const CLOUDEVENTS_TEXT = readFileSync(CLOUDEVENTS_FILE, 'utf8')

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

describe('a stream that is read as a batch', () => {
  it('is read, named by its file', () => {
    const { workflow } = parseWorkflow(CLOUDEVENTS_TEXT, { file: CLOUDEVENTS_FILE })
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
    expect(warningsOf(CLOUDEVENTS_TEXT)).toEqual([
      '1 /: a dag without the frame of a workflow: version, name, type and workflow are missing',
      '6 dag[0].spec: compute is missing; it has no effect here',
      '11 dag[0].spec.flare.job.streaming: STREAMING_BLOCK_UNUSED: no input has isStream: true, so this is a batch job and streaming has no effect',
    ])
  })

  it('is refused when strict', () => {
    expect(faultsOf(CLOUDEVENTS_TEXT, 'invalid', { strict: true })).toEqual([
      '1 /: a dag without the frame of a workflow: version, name, type and workflow are missing',
      '11 dag[0].spec.flare.job.streaming: STREAMING_BLOCK_UNUSED: no input has isStream: true, so this is a batch job and streaming has no effect',
    ])
  })

  it('replaces hours by what the log still has of them', () => {
    expect(rulesOf(CLOUDEVENTS_TEXT)).toEqual(['37 log-reread'])
  })

  it('is refused by name as the stream that it may have been meant for', () => {
    const text = CLOUDEVENTS_TEXT.replace('isStream: false', 'isStream: true')
    expect(faultsOf(text, 'unsupported')).toEqual([
      '19 dag[0].spec.flare.job.inputs[0].isStream: isStream is not supported yet',
    ])
  })
})
