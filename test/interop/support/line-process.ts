// A program that answers each line of its input with one line of output, started once for many questions.
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** Kept of what a program prints beside its answers, for the message when it fails. */
const KEPT_STDERR_CHARS = 4000

/** Kept of a question, for the same. */
const KEPT_QUESTION_CHARS = 2000

/** How long it may take a program to end, once it has no more to answer. */
const END_TIMEOUT_MS = 120_000

export interface LineProgram {
  /** What the program is called when it fails. */
  readonly title: string
  readonly command: string
  readonly args: readonly string[]
}

export class LineProcess {
  readonly #title: string
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<void>
  #stderr = ''
  /** Settles when all questions so far are answered: answers come in the order of the questions. */
  #answered: Promise<unknown> = Promise.resolve()

  constructor({ title, command, args }: LineProgram) {
    this.#title = title
    // A group of its own, so that what the program starts in turn can be ended with it.
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARS)
    })
    // Writing to a process that has ended fails here; the question that was asked fails by itself.
    this.#process.stdin.on('error', () => undefined)
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', () => resolve())
    })
    process.once('exit', () => this.#kill())
    // The end of a worker that vitest gives up on: a signal alone would leave a busy program behind.
    process.once('SIGTERM', () => process.exit(1))
  }

  /** What the program says by itself once it is ready. */
  ready(timeoutMs: number): Promise<string> {
    return this.#answer('start', timeoutMs)
  }

  /** The text of the answer; one that does not begin with `{"ok":true` is an error. */
  ask(question: string, timeoutMs: number): Promise<string> {
    const answer = this.#answered.then(() => {
      this.#process.stdin.write(`${question}\n`)
      return this.#answer(question, timeoutMs)
    })
    this.#answered = answer.catch(() => undefined)
    return answer
  }

  /** Ends the program, which does so when its input ends. */
  async close(): Promise<void> {
    this.#process.stdin.end()
    await withTimeout(this.#ended, END_TIMEOUT_MS).finally(() => this.#kill())
  }

  async #answer(question: string, timeoutMs: number): Promise<string> {
    const line = await withTimeout(this.#lines.next(), timeoutMs)
    if (line === TIMEOUT) {
      this.#kill()
      throw this.#error(question, `no answer in ${timeoutMs} ms\n${this.#stderr}`)
    }
    if (line.done === true) throw this.#error(question, `ended\n${this.#stderr}`)
    if (line.value.startsWith('{"ok":true')) return line.value
    throw this.#error(question, line.value)
  }

  #error(question: string, problem: string): Error {
    return new Error(`${this.#title}: ${problem}\nasked: ${question.slice(0, KEPT_QUESTION_CHARS)}`)
  }

  #kill(): void {
    const { pid } = this.#process
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // The whole group has ended.
    }
  }
}

const TIMEOUT = Symbol('timeout')

async function withTimeout<Result>(
  promise: Promise<Result>,
  timeoutMs: number,
): Promise<Result | typeof TIMEOUT> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof TIMEOUT>((resolve) => {
    timer = setTimeout(() => resolve(TIMEOUT), timeoutMs)
  })
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
}
