import { expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { parseConfig } from '../../../src/jobs/config.ts'
import type { Config } from '../../../src/jobs/config.ts'
import { runWorkflow } from '../../../src/jobs/run-workflow.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { edited, workflowOf } from '../../support/jobs/workflow-file.ts'
import { collect } from '../../support/streams.ts'

interface Ports {
  readonly warehouse: Warehouse
  readonly config: Config
}

/** A lake of files with calls on some dates. */
async function ports(...dates: readonly string[]): Promise<Ports> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder)
  const calls = await warehouse.createTable('raw.all_calls', {
    schema: parseSchemaText('id long, arrived timestamp'),
  })
  await calls.append(dates.map((arrived, index) => ({ id: BigInt(index), arrived })))
  const text = 'catalogs: {disk: {type: file, warehouse: .}}\ndepots: {lake: {catalog: disk}}'
  return { warehouse, config: parseConfig(text, { folder, variables: {} }) }
}

const STATE = '                state:\n'
const UNTIL = [STATE, `                until: sourceMax\n${STATE}`] as const

/** The part of the file that makes the job read windows. */
const INCREMENTAL = /              incremental:\n(?: {16}.*\n)+/

it('does one job after another, and tells each window as it ends', async () => {
  const { config, warehouse } = await ports('2021-03-05T00:00:00', '2021-05-01T06:00:00')
  const told: string[] = []
  const report = await runWorkflow(workflowOf(edited(UNTIL)), {
    config,
    catchUp: true,
    onWindow: ({ job, outcome }) => told.push(`${job} ${outcome}`),
  })
  expect(told).toEqual([
    'monthly-calls written',
    'monthly-calls empty',
    'monthly-calls nothing-to-do',
  ])
  expect(report).toMatchObject({
    workflow: 'port-calls',
    jobs: [
      { kind: 'windows', windows: [{ run: 1 }, { run: 2 }, { run: null }] },
      {
        kind: 'published',
        target: 'ports.calls',
        metadataLocation: (await warehouse.loadTable('ports.calls')).metadataLocation,
      },
    ],
  })
})

it.each<[string, readonly (readonly [string, string])[], string]>([
  ['that would end before it begins', [['+ INTERVAL', '- INTERVAL']], '2021-02-01 00:00:00'],
  [
    'that would end where it begins',
    [UNTIL, ['+ INTERVAL', "- INTERVAL '1' MONTH + INTERVAL"]],
    '2021-03-01 00:00:00',
  ],
])('does not run a window %s', async (_name, edits, end) => {
  const { config } = await ports('2021-03-05T00:00:00')
  const { jobs } = await runWorkflow(workflowOf(edited(...edits)), { config })
  const beyond = { end, bound: '2021-03-01 00:00:00', limit: 'start' }
  expect(jobs[0]).toMatchObject({ windows: [{ outcome: 'nothing-to-do', run: null, beyond }] })
})

it('runs windows that count down on purpose', async () => {
  const { config } = await ports('2021-02-05T00:00:00')
  const down = "arrived <= '$|start|' and arrived > '$|end|'"
  const workflow = workflowOf(
    edited(['+ INTERVAL', '- INTERVAL'], ["arrived > '$|start|' and arrived <= '$|end|'", down]),
  )
  const { jobs } = await runWorkflow(workflow, { config })
  expect(jobs[0]).toMatchObject({ windows: [{ outcome: 'written', run: 1 }] })
})

it('has nothing to publish while the first window waits', async () => {
  const { config } = await ports('2021-03-05T00:00:00')
  const { jobs } = await runWorkflow(workflowOf(edited(UNTIL)), { config })
  expect(jobs).toMatchObject([
    { kind: 'windows', windows: [{ outcome: 'nothing-to-do' }] },
    { kind: 'windows', windows: [] },
  ])
})

it('copies a whole table where no window is asked for, also when others catch up', async () => {
  const { config, warehouse } = await ports('2021-03-05T00:00:00', '2021-03-06T00:00:00')
  const text = edited().replace(INCREMENTAL, '')
  for (const catchUp of [false, true]) {
    const { jobs } = await runWorkflow(workflowOf(text), { config, catchUp })
    expect(jobs).toMatchObject([
      {
        kind: 'windows',
        windows: [
          {
            outcome: 'written',
            run: null,
            window: new Map(),
            outputs: [{ commit: { addedRows: 2n } }],
          },
        ],
      },
      { kind: 'published' },
    ])
  }
  const copied = await warehouse.loadTable('ports.calls')
  expect(await collect(copied.scan())).toHaveLength(2)

  const dry = await runWorkflow(workflowOf(text), { config, dryRun: true })
  expect(dry.jobs[0]).toMatchObject({
    windows: [{ outcome: 'planned', outputs: [{ commit: null }] }],
  })
  expect((await warehouse.loadTable('ports.calls')).snapshots).toHaveLength(2)
})

it('reports a job that fails, and skips those that wait for it', async () => {
  const { config, warehouse } = await ports()
  await warehouse.dropTable('raw.all_calls')
  const { jobs } = await runWorkflow(workflowOf(edited()), { config })
  expect(jobs).toMatchObject([
    {
      kind: 'failed',
      job: 'monthly-calls',
      error: { kind: 'not-found', context: { table: 'raw.all_calls', input: 'calls', line: 25 } },
      windows: [],
    },
    { kind: 'skipped', job: 'publish-calls', because: 'monthly-calls' },
  ])
})

const WINDOW_SQL =
  "sql: select * from every_call where arrived > '$|start|' and arrived <= '$|end|'"

it.each([
  {
    of: 'the query of a key',
    edit: ["to_timestamp('$|start|') + INTERVAL", "no_such('$|start|') + INTERVAL"],
    context: { input: 'calls', key: 'end', path: 'keys[1].sql', line: 35, offset: 7 },
  },
  {
    of: 'the query of the window',
    edit: [WINDOW_SQL, WINDOW_SQL + ' and no_such > 1'],
    context: { input: 'calls', path: 'sql', line: 30, offset: 80 },
  },
  {
    of: 'a value that shows when the window is read',
    edit: [
      WINDOW_SQL,
      "sql: select id, arrived from every_call where arrived > '$|start|' and cast(concat('x', id) as date) <= '$|end|'",
    ],
    context: { input: 'calls', view: 'calls', path: 'sql', line: 30, offset: 66 },
  },
  {
    of: 'the query that says how far windows may reach',
    edit: [STATE, "                until: select no_such('$|start|')\n" + STATE],
    context: { input: 'calls', path: 'until', line: 36, offset: 7 },
  },
] as const)('tells where $of stands in the file that has a fault', async ({ edit, context }) => {
  const { config } = await ports('2021-03-05T00:00:00')
  const workflow = workflowOf(edited(edit), { file: 'calls.yaml' })
  const { jobs } = await runWorkflow(workflow, { config })
  expect(jobs[0]).toMatchObject({
    kind: 'failed',
    error: {
      context: {
        file: 'calls.yaml',
        job: 'monthly-calls',
        ...context,
        path: `workflow.dag[0].spec.flare.job.inputs[0].incremental.${context.path}`,
      },
    },
  })
})

const PARTITION = 'type: day\n                      column: arrived\n'

it.each([
  ['sorts by a column that rows lack', ['- name: arrived', '- name: arived'], 'no such column'],
  [
    'is partitioned by a column that rows lack',
    ['column: arrived\n', 'column: arived\n'],
    'no such column',
  ],
  [
    'has days of what is no time',
    [PARTITION, PARTITION.replace('arrived', 'id')],
    'transform does not take the type of this column',
  ],
  [
    'calls a partition as a column is called',
    ['name: arrival_day', 'name: id'],
    'partition field has the name of a column',
  ],
] as const)('refuses an output that %s, also in a dry run', async (_, edit, message) => {
  const { config } = await ports('2021-03-05T00:00:00')
  const workflow = workflowOf(edited(edit), { file: 'calls.yaml' })
  for (const dryRun of [true, false]) {
    const { jobs } = await runWorkflow(workflow, { config, dryRun })
    expect(jobs[0]).toMatchObject({
      kind: 'failed',
      error: {
        kind: 'invalid',
        message: expect.stringContaining(message) as string,
        context: { file: 'calls.yaml', job: 'monthly-calls', output: 'calls', line: 40 },
      },
    })
  }
})

it('reports a table that nobody makes as missing', async () => {
  const { config } = await ports('2021-03-05T00:00:00')
  const text = edited([
    '        dataset: dataos://lake:ports/calls?acl=rw\n        action',
    '        dataset: dataos://lake:ports/other?acl=rw\n        action',
  ])
  const { jobs } = await runWorkflow(workflowOf(text), { config })
  expect(jobs[1]).toMatchObject({ kind: 'failed', error: { kind: 'not-found' } })
})

it('stops when it is told to, between windows or amid one', async () => {
  const { config, warehouse } = await ports('2021-03-05T00:00:00', '2021-06-05T00:00:00')
  const stop = new AbortController()
  const run = runWorkflow(workflowOf(edited(UNTIL)), {
    config,
    catchUp: true,
    signal: stop.signal,
    onWindow: () => stop.abort(new Error('enough')),
  })
  await expect(run).rejects.toThrow('enough')
  expect((await warehouse.loadTable('ports.calls')).snapshots).toHaveLength(1)
})
