// Runs one command several times, each in a process of its own, whose start is the point.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Measured } from '../measure.js'
import { planningFolder } from '../planning.js'
import { median } from '../report.js'
import { sideSettings } from '../settings.js'

const RUNS = 9

const settings = sideSettings()
const program = fileURLToPath(new URL('cli.js', import.meta.resolve('frazil')))
const table = join(planningFolder(settings), 'city/rides')
const commands: Readonly<Record<string, readonly string[]>> = {
  node: ['-e', '0'],
  help: [program, '--help'],
  snapshots: [program, 'snapshots', table],
  rows: [program, 'scan', table, '--limit', '10'],
}

type Usage = Pick<Measured, 'wallMs' | 'cpuMs' | 'peakBytes'>

const runs: Usage[] = []
for (let run = 0; run < RUNS; run += 1) runs.push(await runOnce(commands[settings.variant] ?? []))
const measured: Measured = {
  wallMs: median(runs.map(({ wallMs }) => wallMs)),
  cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
  peakBytes: median(runs.map(({ peakBytes }) => peakBytes)),
  delayMs: 0,
  done: {},
}
process.send?.(measured)

async function runOnce(args: readonly string[]): Promise<Usage> {
  const startMs = performance.now()
  const preload = fileURLToPath(new URL('tell-usage.cjs', import.meta.url))
  const child = spawn(process.execPath, ['--require', preload, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  let told = ''
  child.stdio[3]?.on('data', (text) => (told += String(text)))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${child.exitCode}`)
  // Nothing but the preloaded program writes there.
  const usage = JSON.parse(told) as Omit<Usage, 'wallMs'>
  return { ...usage, wallMs: performance.now() - startMs }
}
