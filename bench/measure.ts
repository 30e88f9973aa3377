// What one side of a comparison measures of itself, in a process of its own.
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Times in milliseconds, the work that {@link Stopwatch.aside} set apart left out. */
export interface Measured {
  readonly wallMs: number
  /** Of all threads of the process, in user mode and in the system's. */
  readonly cpuMs: number
  /** The most that the process ever held, its start included. */
  readonly peakBytes: number
  /** How late the event loop of the main thread comes, at the 99th percentile. */
  readonly delayMs: number
  /** What was done, so that two sides can be seen to have done the same. */
  readonly done: Readonly<Record<string, number>>
}

/** Runs while a side works; what both sides do alike, such as making rows, is set apart. */
export class Stopwatch {
  #asideMs = 0
  #asideCpuMs = 0

  /** Does work that is not the side's own. */
  aside<Result>(work: () => Result): Result {
    const [startMs, startCpuMs] = [performance.now(), cpuMs()]
    const result = work()
    this.#asideMs += performance.now() - startMs
    this.#asideCpuMs += cpuMs() - startCpuMs
    return result
  }

  async measure(
    work: (stopwatch: Stopwatch) => Promise<Readonly<Record<string, number>>>,
  ): Promise<Measured> {
    const delays = monitorEventLoopDelay({ resolution: 1 })
    const [startMs, startCpuMs] = [performance.now(), cpuMs()]
    delays.enable()
    const done = await work(this)
    delays.disable()
    return {
      wallMs: performance.now() - startMs - this.#asideMs,
      cpuMs: cpuMs() - startCpuMs - this.#asideCpuMs,
      peakBytes: process.resourceUsage().maxRSS * 1024,
      delayMs: delays.percentile(99) / 1e6,
      done,
    }
  }
}

/** Measures what a side does and tells the process that started it. */
export async function reportSide(
  work: (stopwatch: Stopwatch) => Promise<Readonly<Record<string, number>>>,
): Promise<void> {
  const measured = await new Stopwatch().measure(work)
  process.send?.(measured)
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
