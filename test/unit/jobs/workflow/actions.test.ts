import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Action } from '../../../../src/jobs/workflow/actions/action.ts'
import { parseWorkflow } from '../../../../src/jobs/workflow/parse.ts'
import { OUTPUTS, jobFaults, jobWarnings, workflowOfJob } from '../../../support/jobs/job-text.ts'
import { runs } from '../../../support/runs.ts'

const INPUT =
  'inputs: [{name: calls, dataset: "dataos://lake:ports/calls?acl=rw", format: iceberg}]\n'

function withActions(...actions: readonly string[]): string {
  return `${INPUT}actions:\n${actions.map((text) => `- ${text}\n`).join('')}`
}

function action(name: string, options = ''): string {
  return `{name: ${name}, input: calls${options === '' ? '' : `, options: {${options}}`}}`
}

/** The only action of a file that has this one. */
function read(name: string, options = ''): Action {
  const { workflow } = parseWorkflow(workflowOfJob(withActions(action(name, options))))
  const [job] = workflow.dag
  if (job?.kind !== 'maintenance') throw new Error('a job of actions was read as another one')
  const [found] = job.actions
  if (found === undefined) throw new Error('the action was not read')
  return found
}

describe('actions of a job', () => {
  it('are done to the tables that they name by their inputs, in the order of the file', () => {
    const text = workflowOfJob(
      withActions(
        action('rewrite_dataset'),
        action('rewrite_manifest', 'useCaching: false'),
        action('expire_snapshots'),
        action('remove_orphans'),
      ),
    )
    const [job] = parseWorkflow(text).workflow.dag
    expect(job).toMatchObject({
      kind: 'maintenance',
      actions: [
        { name: 'rewrite_dataset', layout: { kind: 'binpack' }, where: null },
        { name: 'rewrite_manifest', specId: null },
        { name: 'expire_snapshots', olderThan: null, retainLast: null, snapshotIds: [] },
        { name: 'remove_orphans', olderThan: null, location: null, isDryRun: false },
      ].map((one) => ({
        ...one,
        dataset: { depot: 'lake', collection: 'ports', dataset: 'calls' },
      })),
    })
  })

  it('are read from the options of both generations', () => {
    expect(
      read('expire_snapshots', 'olderThanMillis: "1741987433222", retainLast: 5'),
    ).toMatchObject({ olderThan: { kind: 'utc', ms: 1_741_987_433_222n }, retainLast: 5 })
    expect(read('expire_snapshots', 'expireOlderThan: 1741987433222')).toMatchObject({
      olderThan: { kind: 'utc', ms: 1_741_987_433_222n },
    })
    expect(read('expire_snapshots', 'olderThanTimestamp: "2025-04-19 00:00:00.000"')).toMatchObject(
      { olderThan: { kind: 'local', ms: 1_745_020_800_000n } },
    )
    expect(
      read('remove_orphans', 'olderThanTimestamp: "2025-04-19T02:00:00+02:00", dryRun: "true"'),
    ).toMatchObject({ olderThan: { kind: 'utc', ms: 1_745_020_800_000n }, isDryRun: true })
    expect(read('remove_orphans', 'olderThan: "1745020800000"')).toMatchObject({
      olderThan: { kind: 'utc', ms: 1_745_020_800_000n },
    })
  })

  it('say how files are rewritten', () => {
    expect(
      read(
        'rewrite_dataset',
        `strategy: sort, sortOrder: "day DESC NULLS LAST, city", where: "city = 'Oslo'",
   properties: {target-file-size-bytes: "2500048", rewrite-all: "true", min-input-files: 2}`,
      ),
    ).toMatchObject({
      layout: { kind: 'sort', order: 'day DESC NULLS LAST, city' },
      where: "city = 'Oslo'",
      options: { targetBytes: 2_500_048, rewriteAll: true, minInputFiles: 2, maxFiles: null },
    })
    expect(read('rewrite_dataset', 'strategy: sort, sortOrder: "zorder(a, b.c)"')).toMatchObject({
      layout: { kind: 'zorder', columns: 'a, b.c' },
    })
    expect(read('rewrite_dataset', 'strategy: sort')).toMatchObject({
      layout: { kind: 'sort', order: null },
    })
  })

  it('always name snapshots by their exact ids, whichever word is used', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (id) => {
        expect(read('expire_snapshots', `snapshotIds: ["${id}"]`)).toMatchObject({
          snapshotIds: [id],
        })
        expect(read('expire_snapshots', `expireSnapshotId: "${id}"`)).toMatchObject({
          snapshotIds: [id],
        })
      }),
      runs(50),
    )
  })

  it('warn of options about deletes, which have no effect', () => {
    expect(
      jobWarnings(
        withActions(action('rewrite_dataset', 'properties: {remove-dangling-deletes: "true"}')),
      ),
    ).toContain(
      '3 actions[0].options.properties: files with deletes are left alone, so these options have no effect: remove-dangling-deletes',
    )
  })

  it.each([
    [
      action('expire_snapshots', 'olderThanMillis: "1", olderThanTimestamp: "2025-04-19 00:00:00"'),
      'options.olderThanTimestamp: olderThanMillis says it too: give one of them',
    ],
    [
      action('expire_snapshots', 'olderThanMillis: soon'),
      'options.olderThanMillis: must be milliseconds since 1970, a whole number',
    ],
    [
      action('remove_orphans', 'olderThanTimestamp: yesterday'),
      'options.olderThanTimestamp: must be a timestamp such as 2026-01-31 00:00:00.000',
    ],
    [
      action('expire_snapshots', 'snapshotIds: ["9223372036854775808"]'),
      'options.snapshotIds[0]: must be the id of a snapshot, a whole number',
    ],
    [action('expire_snapshots', 'retainLast: 0'), 'options.retainLast: must be at least 1'],
    [
      action('rewrite_dataset', 'sortOrder: city'),
      'options.sortOrder: needs strategy sort beside it',
    ],
    [
      action('rewrite_dataset', 'strategy: sort, sortOrder: "zorder(day(ts))"'),
      'options.sortOrder: zorder takes columns, not what is made of them',
    ],
    [action('rewrite_dataset', 'strategy: zorder'), 'options.strategy: must be binpack or sort'],
    [
      action('compact'),
      'name: must be rewrite_dataset, rewrite_manifest, rewrite_manifests, expire_snapshots or remove_orphans',
    ],
    ['{name: remove_orphans, input: cals}', 'input: no input is named cals, did you mean calls?'],
    ['{name: remove_orphans}', 'input is missing'],
  ])('are refused where they say what cannot be: %s', (text, message) => {
    expect(jobFaults(withActions(text))).toContainEqual(
      expect.stringMatching(new RegExp(`^3 actions\\[0\\].*${escaped(message)}$`)),
    )
  })

  it('are no job together with outputs, and want whole tables', () => {
    expect(jobFaults(`${withActions(action('remove_orphans'))}${OUTPUTS}`)).toEqual([
      '4 outputs: a job with actions has no outputs: put them in a job of their own',
    ])
    const inputs =
      'inputs: [{name: calls, dataset: "dataos://lake:ports/calls?acl=rw", options: {branch: b}}]\n'
    expect(jobFaults(`${inputs}actions: [${action('remove_orphans')}]\n`)).toEqual([
      '1 inputs[0].options: an action is done to a whole table, without options',
    ])
  })

  it('that delete rows are refused by name', () => {
    expect(
      jobFaults(withActions('{name: delete_from_dataset, input: calls}'), 'unsupported'),
    ).toEqual(['3 actions[0].name: name delete_from_dataset is not supported yet'])
  })
})

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
