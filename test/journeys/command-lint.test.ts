/** What is wrong with a workflow file, told without any data. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../src/base/json-exact.ts'
import { frazil, resultOf } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'
import { edited, WORKFLOW_TEXT } from '../support/jobs/workflow-file.ts'

const HALF_OPEN = edited(
  ["arrived > '$|start|' and arrived <= '$|end|'", "arrived >= '$|start|' and arrived < '$|end|'"],
  ['context: every_call', 'context: every_call\n                until: sourceMax'],
)

function folderWith(files: Readonly<Record<string, string>>): string {
  const cwd = temporaryFolder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  return cwd
}

describe('a workflow file is looked through', () => {
  it('and what would lose rows is told, with its place and what to do', async () => {
    const cwd = folderWith({ 'calls.yaml': WORKFLOW_TEXT })
    const { code, stdout, stderr } = await frazil(['lint', 'calls.yaml'], { cwd })
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      'line 30, column 22: workflow.dag[0].spec.flare.job.inputs[0].incremental.sql: rows at the end of a window are lost: use arrived >= start AND arrived < end (boundary-loss)',
      expect.stringMatching(/^line 34, .*set until to sourceMax or now \(window-past-data\)$/),
      '',
    ])
    expect(stderr).toMatch('frazil: warning: line 18, column 9: workflow.dag[0].spec.envs')
  })

  it('and nothing is told of a sound one', async () => {
    const cwd = folderWith({ 'calls.yaml': HALF_OPEN })
    expect(await frazil(['lint', 'calls.yaml'], { cwd })).toMatchObject({ code: 0, stdout: '' })
  })

  it('and all its faults are told at once', async () => {
    const text = HALF_OPEN.replace('type: workflow', 'type: service').replace(
      'mode: global',
      'mod: 1',
    )
    const cwd = folderWith({ 'calls.yaml': text })
    const { code, stdout, stderr } = await frazil(['lint', 'calls.yaml'], { cwd })
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      'line 3, column 7: type: must be workflow (invalid)',
      expect.stringMatching(
        /^line 50, .*sort\.mod: unknown key mod, did you mean mode\? \(invalid\)$/,
      ),
      '',
    ])
    expect(stderr).toBe('')
  })

  it('and programs are told in one JSON document', async () => {
    const cwd = folderWith({ 'calls.yaml': WORKFLOW_TEXT, 'sound.yaml': HALF_OPEN })
    const { code, stdout, stderr } = await frazil(['lint', 'calls.yaml', '--json'], { cwd })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(parseJson(stdout)).toMatchObject({
      findings: [
        { rule: 'boundary-loss', line: 30, column: 22, path: expect.stringMatching(/sql$/) },
        { rule: 'window-past-data', line: 34 },
      ],
      warnings: [{ path: 'workflow.dag[0].spec.envs', line: 18 }],
    })
    const sound = await resultOf(frazil(['lint', 'sound.yaml', '--json'], { cwd }))
    expect(parseJson(sound)).toMatchObject({ findings: [] })
  })

  it('and so are its addresses, where there is a configuration', async () => {
    const cwd = folderWith({
      'calls.yaml': HALF_OPEN,
      'frazil.yaml': 'strict: true\ncatalogs: {c: {type: memory}}\ndepots: {lak: {catalog: c}}\n',
      'other.yaml': 'catalogs: {c: {type: memory}}\ndepots: {lake: {catalog: c}}\n',
    })
    const { code, stdout } = await frazil(['lint', 'calls.yaml'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toMatch('no such depot is configured, did you mean lak? (misplaced-dataset)')
    const config = ['--config', 'other.yaml']
    const located = await frazil(['lint', 'calls.yaml', ...config], { cwd })
    expect(located).toMatchObject({ code: 0, stdout: '' })
  })

  it('and one that is not there is no finding', async () => {
    const { code, stderr } = await frazil(['lint', 'none.yaml'], { cwd: folderWith({}) })
    expect(code).toBe(5)
    expect(stderr).toMatch('there is no such workflow file')
  })
})
