import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../../../../src/base/json-exact.ts'
import { maintainTable } from '../../../../src/cli/actions/maintain.ts'
import type { MaintainOptions } from '../../../../src/cli/commands/maintain.ts'
import { openWarehouse } from '../../../../src/client/warehouse.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import { RIDES, Ride } from '../../../support/rides.ts'
import { recordedTerminal } from '../../../support/terminal.ts'
import type { RecordedTerminal } from '../../../support/terminal.ts'

const ALL: MaintainOptions = { expire: true, manifests: true, orphans: true, compact: true }

/** A maintenance of six small files that is interrupted as soon as it tells of a step. */
async function interruptedAt(step: string, options: MaintainOptions): Promise<RecordedTerminal> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder, { workers: 0 })
  const rides = await warehouse.createTable(RIDES, { schema: Ride })
  for (let id = 0; id < 6; id += 1) await rides.append([{ id }])
  const stop = new AbortController()
  const terminal = { ...recordedTerminal({ isTTY: true }), signal: stop.signal }
  terminal.err.on('data', (text: string) => {
    if (text.includes(step)) stop.abort(new Error('Ctrl-C'))
  })
  const run = maintainTable(terminal, join(folder, 'city/rides'), options)
  await expect(run).rejects.toThrow('Ctrl-C')
  return terminal
}

describe('frazil maintain', () => {
  it('says when it is interrupted what was done until then', async () => {
    const terminal = await interruptedAt('orphans', ALL)
    expect(terminal.printed()).toMatch(
      /^expire: [^]*^rewrite-manifests: [^]*^left for the next run: orphans\nleft for the next run: compact\n$/m,
    )
  })

  it('says so in one document of JSON too', async () => {
    const terminal = await interruptedAt('compact', { ...ALL, orphans: false, json: true })
    expect(parseJson(terminal.printed())).toMatchObject({
      'dry-run': false,
      steps: [{ command: 'expire' }, { command: 'rewrite-manifests' }],
      unfinished: ['compact'],
    })
  })

  it('prints nothing when nothing was done', async () => {
    expect((await interruptedAt('expire', ALL)).printed()).toBe('')
  })
})
