// Runs one command several times, each in a process of its own, whose start is the point.
import { join } from 'node:path'

import type { Measured } from '../measure.js'
import { planningFolder } from '../planning.js'
import { median } from '../report.js'
import { commandFile, runCommand } from '../run-command.js'
import type { Usage } from '../run-command.js'
import { sideSettings } from '../settings.js'

const RUNS = 9

const settings = sideSettings()
const table = join(planningFolder(settings), 'city/rides')
const commands: Readonly<Record<string, readonly string[]>> = {
  node: ['-e', '0'],
  help: [commandFile, '--help'],
  snapshots: [commandFile, 'snapshots', table],
  rows: [commandFile, 'scan', table, '--limit', '10'],
}

const runs: Usage[] = []
for (let run = 0; run < RUNS; run += 1)
  runs.push(await runCommand(commands[settings.variant] ?? []))
const measured: Measured = {
  wallMs: median(runs.map(({ wallMs }) => wallMs)),
  cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
  peakBytes: median(runs.map(({ peakBytes }) => peakBytes)),
  delayMs: 0,
  done: {},
}
process.send?.(measured)
