import { expireSnapshots, planExpiry } from '../../maintenance/expire-snapshots.ts'
import type { ExpireOptions } from '../../maintenance/expire-snapshots.ts'
import type { ExpireCommandOptions } from '../commands/expire.ts'
import { showDeletions } from '../deletion-progress.ts'
import { findTable } from '../find-table.ts'
import { printMaintenance } from '../maintenance-output.ts'
import { doneExpiry, plannedExpiry } from '../results/expiry.ts'
import type { Terminal } from '../terminal.ts'

export async function expireTable(
  terminal: Terminal,
  name: string,
  options: ExpireCommandOptions,
): Promise<void> {
  const { signal } = terminal
  const table = await findTable(terminal, name, options)
  const asked = expireOptions(options)
  if (options.dryRun === true) {
    const plan = await planExpiry(table, asked, { signal })
    return printMaintenance(terminal, options, plannedExpiry(plan))
  }
  const progress = showDeletions(terminal)
  try {
    const report = await expireSnapshots(table, {
      ...asked,
      signal,
      onProgress: ({ files, totalFiles }) => progress.show(files, totalFiles),
    })
    progress.clear()
    await printMaintenance(terminal, options, doneExpiry(report))
    // After the commit nothing is thrown, and what Ctrl-C kept from being removed is told of.
    if (report.unread !== null || report.left.length > 0) signal.throwIfAborted()
  } finally {
    progress.clear()
  }
}

function expireOptions(options: ExpireCommandOptions): ExpireOptions {
  const { olderThan, retainLast, snapshotId = [], jobSnapshots } = options
  return {
    ...(olderThan === undefined ? {} : { olderThan }),
    ...(retainLast === undefined ? {} : { retainLast }),
    snapshotIds: snapshotId,
    jobSnapshots: jobSnapshots ? 'keep' : 'expire',
  }
}
