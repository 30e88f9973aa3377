// Who has made a folder of temporary files, so that another process can tell whether its maker still runs. A process id
// alone does not say: it is given again to others, and means something else on another machine or in another container.
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { kill, pid } from 'node:process'

import { parseJson } from '../base/json-exact.ts'
import { isCode } from './durable-files.ts'

/** A process. What the system does not tell is null. */
export interface Owner {
  readonly host: string
  /** Of the installation: two machines may have one name. */
  readonly machine: string | null
  /** Other since the machine was started. */
  readonly boot: string | null
  /** Where its id is valid: containers on one machine have ids of their own. */
  readonly pidNamespace: string | null
  readonly pid: number
  /** In ticks since the machine was started: processes that had one id after each other differ in it. */
  readonly started: string | null
}

/** What can be found out about a process here. */
export interface ProcessState {
  readonly isRunning: boolean
  readonly started: string | null
}

/**
 * Whether a process has ended for certain. When in doubt it runs: what it has may be in use.
 *
 * @param self a process here
 * @param state of the process that has the owner's id here
 */
export function hasEnded(owner: Owner, self: Owner, state: ProcessState): boolean {
  if (owner.host !== self.host || owner.machine !== self.machine) return false
  if (owner.boot !== self.boot) return owner.boot !== null && self.boot !== null
  if (owner.pidNamespace !== self.pidNamespace) return false
  if (!state.isRunning) return true
  return owner.started !== null && state.started !== null && owner.started !== state.started
}

/** This process. */
export async function thisProcess(): Promise<Owner> {
  const [machine, boot, pidNamespace, started] = await Promise.all([
    textOf(readFile('/etc/machine-id', 'utf8')),
    textOf(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    textOf(readlink('/proc/self/ns/pid')),
    startOf(pid),
  ])
  return { host: hostname(), machine, boot, pidNamespace, pid, started }
}

/** The process that has an id here and now. */
export async function processState(id: number): Promise<ProcessState> {
  try {
    kill(id, 0)
  } catch (error) {
    // Another user's is not to be signalled, but it is there.
    if (!isCode(error, 'EPERM')) return { isRunning: !isCode(error, 'ESRCH'), started: null }
  }
  return { isRunning: true, started: await startOf(id) }
}

/** null for what is no owner's text. */
export function parseOwner(text: string): Owner | null {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return null
  const fields = new Map(Object.entries(value))
  const host: unknown = fields.get('host')
  const id: unknown = fields.get('pid')
  if (typeof host !== 'string' || typeof id !== 'number' || id < 1) return null
  const textAt = (name: string): string | null => {
    const field: unknown = fields.get(name)
    return typeof field === 'string' ? field : null
  }
  return {
    host,
    machine: textAt('machine'),
    boot: textAt('boot'),
    pidNamespace: textAt('pidNamespace'),
    pid: id,
    started: textAt('started'),
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

async function startOf(id: number): Promise<string | null> {
  const stat = await textOf(readFile(`/proc/${id}/stat`, 'utf8'))
  // The name of the program may have spaces and brackets; what follows its last bracket begins with the third field.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  return fields[START_FIELD - FIRST_FIELD] ?? null
}

const FIRST_FIELD = 3
const START_FIELD = 22

async function textOf(text: Promise<string>): Promise<string | null> {
  try {
    return (await text).trim()
  } catch {
    return null
  }
}
