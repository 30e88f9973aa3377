/** The command as scripts meet it: a child process, its streams and its exit code. Runs from `dist`: run tsc before. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { parseJson } from '../../src/base/json-exact.ts'

/** The program's file, for shells. */
export const PROGRAM: string = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

export interface CommandResult {
  /** Null when a signal ended the process. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly cwd?: string
  /** What is on standard input; nothing when absent. */
  readonly input?: string | Uint8Array
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs one command to its end. */
export async function frazil(
  args: readonly string[],
  { cwd, input = '', env }: CommandOptions = {},
): Promise<CommandResult> {
  const child = startFrazil(args, cwd, env)
  child.stdin.end(input)
  return ended(child)
}

/** Runs a line of shell in which `frazil` is the command. */
export function shell(line: string, cwd?: string): Promise<CommandResult> {
  const script = `frazil() { "${process.execPath}" "${PROGRAM}" "$@"; }; export -f frazil\n${line}`
  return ended(spawn('bash', ['-c', script], cwd === undefined ? {} : { cwd }))
}

/** Starts a command whose streams the test holds. */
export function startFrazil(
  args: readonly string[],
  cwd?: string,
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  // A command need not read its input.
  child.stdin.on('error', () => undefined)
  return child
}

/** Waits for the end of a process; what it says is complete. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

/** The results of a command that must have succeeded, without a word beside them. */
export async function resultOf(run: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await run
  if (code !== 0 || stderr !== '') throw new Error(`exit code ${code}\n${stderr}`)
  return stdout
}

/** Lines of JSON, integers beyond 2^53 as `bigint`. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseJson(line) as Readonly<Record<string, unknown>>)
}
