import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Measured } from './measure.js'

/** What a process has used, its start included. */
export type Usage = Pick<Measured, 'wallMs' | 'cpuMs' | 'peakBytes'>

/** The command of this package, as an argument of Node. */
export const commandFile: string = fileURLToPath(new URL('cli.js', import.meta.resolve('frazil')))

/** Runs Node with these arguments. */
export async function runCommand(args: readonly string[]): Promise<Usage> {
  const startMs = performance.now()
  const preload = fileURLToPath(new URL('sides/tell-usage.cjs', import.meta.url))
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
