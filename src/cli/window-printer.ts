import { printable } from './printable.ts'
import type { ActionReport, WindowReport } from '../jobs/report.ts'
import type { SessionOptions } from '../jobs/session.ts'
import type { BatchReport } from '../jobs/stream/batch-report.ts'
import { showProgress } from './progress.ts'
import { batchText } from './results/batch.ts'
import { actionText, windowText } from './run-text.ts'
import { printRows } from './print-rows.ts'
import type { ValueRow } from './print-rows.ts'
import { eventPrinter, printLine, printResult, warningPrinter } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** How windows are shown. */
export interface WindowOptions {
  /** Whether they wait for one JSON document at the end, for which standard output is kept. */
  readonly json?: boolean
  /** Whether what is read and written is told, by the names of jobs. */
  readonly isExplained: (job: string) => boolean
}

/** What runs windows for a command, and shows them as they end. */
export interface WindowPrinter extends Required<
  Pick<SessionOptions, 'onEvent' | 'show' | 'signal'>
> {
  readonly onWindow: (window: WindowReport) => void
  readonly onAction: (action: ActionReport) => void
  readonly onBatch: (batch: BatchReport) => void
  /** Takes away what shows progress. */
  readonly end: () => void
}

export function windowPrinter(
  terminal: Terminal,
  { json = false, isExplained }: WindowOptions,
): WindowPrinter {
  const progress = showProgress(terminal)
  const warn = warningPrinter(terminal)
  const tell = eventPrinter(terminal)
  return {
    signal: terminal.signal,
    onEvent(event) {
      if (event.kind === 'warning') progress.clear()
      tell(event)
      progress.onEvent(event)
    },
    async show({ name, fields, rows }) {
      progress.clear()
      const out = json ? { ...terminal, out: terminal.err } : terminal
      await printLine(out, printable(`${name}:`))
      await printRows(out, 'table', fields, streamOf(rows))
    },
    onWindow(window) {
      progress.clear()
      for (const warning of window.warnings) warn(`${window.job}: ${warning}`)
      if (json) return
      printResult(terminal, windowText(window, { explain: isExplained(window.job) }))
    },
    onAction(action) {
      progress.clear()
      if (!json) printResult(terminal, actionText(action))
    },
    onBatch(batch) {
      progress.clear()
      for (const warning of batch.warnings) warn(`${batch.job}: ${warning}`)
      if (!json) printResult(terminal, batchText(batch))
    },
    end: () => progress.clear(),
  }
}

/** All rows as one batch. */
async function* streamOf(rows: readonly ValueRow[]): AsyncGenerator<readonly ValueRow[]> {
  yield rows
}
