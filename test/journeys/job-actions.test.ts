/** Jobs that maintain tables, through the command. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const CONFIG = `catalogs: {local: {type: file, warehouse: ./warehouse}}
depots: {lake: {catalog: local}}
`

/** A table of six commits of one row each, and a file that maintains it by these actions. */
async function lakeWith(...actions: readonly string[]): Promise<string> {
  const cwd = temporaryFolder()
  const warehouse = await openWarehouse(join(cwd, 'warehouse'), { workers: 0 })
  const rides = await warehouse.createTable('city.rides', {
    schema: parseSchemaText('id long, city string'),
  })
  for (let id = 0n; id < 6n; id += 1n) await rides.append([{ id, city: `c${id}` }])
  writeFileSync(join(cwd, 'frazil.yaml'), CONFIG)
  writeFileSync(join(cwd, 'upkeep.yaml'), workflowOf(actions))
  return cwd
}

function workflowOf(actions: readonly string[]): string {
  return `version: v1
name: upkeep
type: workflow
workflow:
  dag:
    - name: tidy
      spec:
        stack: flare:7.0
        compute: runnable-default
        stackSpec:
          job:
            inputs: [{name: rides, dataset: "dataos://lake:city/rides?acl=rw", format: iceberg}, {name: none, dataset: "dataos://lake:city/none?acl=rw", format: iceberg}]
            actions:
${actions.map((action) => `              - ${action}\n`).join('')}`
}

const FAR = '4102444800000'

const REWRITE =
  '{name: rewrite_dataset, input: rides, options: {properties: {min-input-files: "2"}}}'

const ALL = [
  '{name: rewrite_dataset, input: rides, options: {strategy: sort, sortOrder: "id DESC", properties: {min-input-files: "2"}}}',
  `{name: expire_snapshots, input: rides, options: {olderThanMillis: "${FAR}", retainLast: 1}}`,
  '{name: rewrite_manifest, input: rides, options: {useCaching: false}}',
  '{name: remove_orphans, input: rides, options: {olderThanTimestamp: "2021-06-30 00:00:00.000", dryRun: true}}',
]

describe('a job of actions', () => {
  it('keeps a table in order: the same rows, in one file and one snapshot', async () => {
    const cwd = await lakeWith(...ALL)
    const output = await resultOf(frazil(['run', 'upkeep.yaml'], { cwd }))
    expect(output).toContain('tidy: rewrite_dataset of city.rides')
    expect(output).toContain('tidy: expire_snapshots of city.rides')
    expect(output).toContain('tidy: remove_orphans of city.rides')
    const rows = await resultOf(frazil(['scan', 'local:city.rides'], { cwd }))
    const ids = jsonLines(rows).map((row) => row['id'])
    expect(ids).toEqual([5, 4, 3, 2, 1, 0])
    const files = await resultOf(frazil(['files', 'local:city.rides'], { cwd }))
    expect(jsonLines(files)).toHaveLength(1)
    const snapshots = await resultOf(frazil(['snapshots', 'local:city.rides'], { cwd }))
    expect(jsonLines(snapshots)).toHaveLength(1)
  })

  it('only says what it would do in a dry run', async () => {
    const cwd = await lakeWith(...ALL)
    const before = await resultOf(frazil(['snapshots', 'local:city.rides'], { cwd }))
    const output = await resultOf(frazil(['run', 'upkeep.yaml', '--dry-run'], { cwd }))
    expect(output).toContain('would')
    expect(await resultOf(frazil(['snapshots', 'local:city.rides'], { cwd }))).toBe(before)
  })

  it('is reported to programs with every file by its path', async () => {
    const cwd = await lakeWith(...ALL)
    const output = await resultOf(frazil(['run', 'upkeep.yaml', '--json'], { cwd }))
    expect(parseJson(output)).toMatchObject({
      workflow: 'upkeep',
      jobs: [
        {
          job: 'tidy',
          kind: 'maintained',
          actions: [
            { action: 'rewrite_dataset', target: 'city.rides', 'dry-run': false },
            {
              action: 'expire_snapshots',
              files: expect.arrayContaining([
                expect.objectContaining({ path: expect.any(String), kind: 'data' }),
              ]),
            },
            { action: 'rewrite_manifest' },
            { action: 'remove_orphans', 'dry-run': true, files: [] },
          ],
        },
      ],
    })
  })

  it.each([
    [
      'a snapshot that is not there',
      '{name: expire_snapshots, input: rides, options: {snapshotIds: ["1"]}}',
    ],
    ['a spec that is not there', '{name: rewrite_manifest, input: rides, options: {specId: 7}}'],
    [
      'a column that is not there',
      '{name: rewrite_dataset, input: rides, options: {where: "no = 1"}}',
    ],
    [
      'an order by no column',
      '{name: rewrite_dataset, input: rides, options: {strategy: sort, sortOrder: "no"}}',
    ],
    [
      'sizes that do not go together',
      '{name: rewrite_dataset, input: rides, options: {properties: {min-file-size-bytes: "999999999"}}}',
    ],
    [
      'files that writers are about to commit',
      `{name: remove_orphans, input: rides, options: {olderThan: "${FAR}"}}`,
    ],
    ['a folder elsewhere', '{name: remove_orphans, input: rides, options: {location: /elsewhere}}'],
    ['a table that is not there', '{name: rewrite_dataset, input: none}'],
  ])('does nothing where a later one is of %s', async (_, action) => {
    const cwd = await lakeWith(REWRITE, action)
    const before = await resultOf(frazil(['snapshots', 'local:city.rides'], { cwd }))
    const { code, stdout, stderr } = await frazil(['run', 'upkeep.yaml'], { cwd })
    expect(code).toBe(5)
    expect(stderr).toContain('actions[1]')
    expect(stdout).not.toContain('rewrite_dataset of city.rides')
    expect(await resultOf(frazil(['snapshots', 'local:city.rides'], { cwd }))).toBe(before)
  })

  it('says which action failed, with its place in the file, and keeps what was done before', async () => {
    const cwd = await lakeWith(REWRITE)
    const rides = await resultOf(frazil(['snapshots', 'local:city.rides'], { cwd }))
    const id = String(jsonLines(rides)[0]?.['snapshot_id'])
    // Each could be done by itself, but not one after the other.
    const expire = `{name: expire_snapshots, input: rides, options: {snapshotIds: ["${id}"]}}`
    writeFileSync(join(cwd, 'upkeep.yaml'), workflowOf([REWRITE, expire, expire]))
    const { code, stdout, stderr } = await frazil(['run', 'upkeep.yaml'], { cwd })
    expect(code).toBe(5)
    expect(stdout).toContain('rewrite_dataset of city.rides')
    expect(stderr).toContain('expire_snapshots')
    expect(stderr).toContain('actions[2]')
  })
})
