/** The command groups the files of a table by partition in its manifests, and says what it did. */
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { frazil, jsonLines, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

/** A table of four commits to two cities. */
async function rides(): Promise<string> {
  const table = join(temporaryFolder(), 'rides')
  const apart = ['--property', 'commit.manifest-merge.enabled=false']
  await resultOf(
    frazil(['create', table, '--schema', 'id long, city string', '--partition', 'city', ...apart]),
  )
  for (const [id, city] of ['Oslo', 'Bergen', 'Oslo', 'Bergen'].entries()) {
    await resultOf(frazil(['append', table], { input: `{"id":${id},"city":"${city}"}\n` }))
  }
  return table
}

async function manifestsOf(table: string): Promise<readonly string[]> {
  const lines = jsonLines(await resultOf(frazil(['manifests', table, '--format', 'ndjson'])))
  return lines.map(({ path }) => String(path))
}

describe('frazil rewrite-manifests', () => {
  it('says what it would do, does it, and then has nothing to do', async () => {
    const table = await rides()
    const before = await manifestsOf(table)
    const planned = await resultOf(frazil(['rewrite-manifests', table, '--dry-run']))
    expect(planned).toContain('rewrite 4 manifests of partition spec 0 with 4 files, and keep 0')
    for (const path of before) expect(planned).toContain(path)
    expect(await manifestsOf(table)).toEqual(before)
    expect(await resultOf(frazil(['rewrite-manifests', table]))).toBe(
      'wrote 1 manifest in place of 4 for 4 files, and kept 0\n',
    )
    expect(await manifestsOf(table)).toHaveLength(1)
    expect(await resultOf(frazil(['rewrite-manifests', table]))).toBe('nothing to rewrite\n')
    expect(jsonLines(await resultOf(frazil(['scan', table])))).toHaveLength(4)
  })

  it('gives one document of JSON, which names every manifest', async () => {
    const table = await rides()
    const before = await manifestsOf(table)
    const dry = parseJson(
      await resultOf(frazil(['rewrite-manifests', table, '--dry-run', '--json'])),
    )
    expect(dry).toEqual({
      command: 'rewrite-manifests',
      'dry-run': true,
      'spec-id': 0,
      entries: 4,
      'kept-manifests': 0,
      files: expect.arrayContaining(
        before.map((path) => ({ path, kind: 'manifest', change: 'replaced' })),
      ),
    })
    const done = parseJson(await resultOf(frazil(['rewrite-manifests', table, '--json'])))
    const after = await manifestsOf(table)
    expect(done).toMatchObject({ 'dry-run': false, entries: 4 })
    expect(done).toHaveProperty(
      'files',
      expect.arrayContaining(after.map((path) => ({ path, kind: 'manifest', change: 'added' }))),
    )
  })

  it('refuses a spec that the table does not have, and fields that the spec does not have', async () => {
    const table = await rides()
    const spec = await frazil(['rewrite-manifests', table, '--spec-id', '7'])
    expect(spec).toMatchObject({ code: 5, stdout: '' })
    expect(spec.stderr).toContain('table has no partition spec of that id')
    const field = await frazil(['rewrite-manifests', table, '--sort-by', 'town'])
    expect(field).toMatchObject({ code: 5, stdout: '' })
    expect(field.stderr).toContain('partition spec has no field of that name')
    expect((await frazil(['rewrite-manifests', table, '--spec-id', 'x'])).code).toBe(2)
  })
})
