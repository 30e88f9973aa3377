import { expect } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import type { ErrorKind } from '../../../src/base/errors.ts'
import { parseWorkflow } from '../../../src/jobs/workflow/parse.ts'
import type { ParseOptions } from '../../../src/jobs/workflow/parse.ts'
import type { FlareJob, TableOutput, Workflow } from '../../../src/jobs/workflow/model.ts'

/** A monthly window over a table, whole days replaced, then published: every key that the reader knows by heart. */
export const WORKFLOW_TEXT = `version: v1
name: port-calls
type: workflow
tags:
- Ports
workflow:
  title: Calls at ports
  dag:
  - name: monthly-calls
    title: Calls of a month
    spec:
      tags:
      - Ports
      - Monthly
      stack: flare:3.0
      compute: runnable-default
      envs:
        FLARE_AUDIT_MODE: LOG
        STORE_URL: https://<full-domain>/stores/api/v1
      flare:
        job:
          explain: true
          logLevel: WARN
          inputs:
            - name: calls
              dataset: dataos://lake:raw/all_calls
              format: iceberg
              incremental:
                context: every_call
                sql: select * from every_call where arrived > '$|start|' and arrived <= '$|end|'
                keys:
                  - name: start
                    sql: select to_timestamp('2021-03-01 00:00:00')
                  - name: end
                    sql: select to_timestamp('$|start|') + INTERVAL '1' MONTH
                state:
                  - key: start
                    value: end
          outputs:
            - name: calls
              dataset: dataos://lake:ports/calls?acl=rw
              format: Iceberg
              title: Calls
              description: Calls at ports by day
              tags: [Ports]
              options:
                saveMode: overwrite
                sort:
                  mode: global
                  columns:
                    - name: arrived
                      order: desc
                iceberg:
                  properties:
                    write.format.default: parquet
                    write.metadata.compression-codec: gzip
                    overwrite-mode: dynamic
                  partitionSpec:
                    - type: day
                      column: arrived
                      name: arrival_day
  - name: publish-calls
    spec:
      stack: toolbox
      compute: runnable-default
      stackSpec:
        dataset: dataos://lake:ports/calls?acl=rw
        action:
          name: set_version
          value: latest
    dependencies:
      - monthly-calls
`

/** The file with some of its text replaced; each piece must be there once. */
export function edited(...edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((text, [from, to]) => {
    expect(text.split(from).length, `pieces around ${from}`).toBe(2)
    return text.replace(from, () => to)
  }, WORKFLOW_TEXT)
}

export function workflowOf(text: string, options: ParseOptions = {}): Workflow {
  return parseWorkflow(text, options).workflow
}

/** The first job of a file, which must be of the flare stack. */
export function flareJobOf(text: string, options: ParseOptions = {}): FlareJob {
  const job = workflowOf(text, options).dag[0]
  if (job?.kind !== 'flare') throw new Error('no flare job')
  return job
}

/** The first output of {@link flareJobOf}, which must be a table. */
export function tableOutputOf(text: string): TableOutput {
  const output = flareJobOf(text).outputs[0]
  if (output?.kind !== 'table') throw new Error('no table is written')
  return output
}

/** `line path: message` for each warning. */
export function warningsOf(text: string): readonly string[] {
  return parseWorkflow(text).warnings.map(
    ({ line, path, message }) => `${line} ${path}: ${message}`,
  )
}

/** `line path: message` for each fault of the kind. */
export function faultsOf(
  text: string,
  kind: ErrorKind = 'invalid',
  options: ParseOptions = {},
): readonly string[] {
  try {
    parseWorkflow(text, options)
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    expect(error.kind).toBe(kind)
    return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`)
  }
  throw new Error('the file has no faults')
}
