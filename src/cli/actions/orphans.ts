import { absoluteLocation } from '../../io/absolute-location.ts'
import { planOrphanRemoval } from '../../maintenance/remove-orphans.ts'
import type { OrphanOptions } from '../../maintenance/orphan-search.ts'
import type { OrphansCommandOptions } from '../commands/orphans.ts'
import { showDeletions } from '../deletion-progress.ts'
import { findTable } from '../find-table.ts'
import { printMaintenance } from '../maintenance-output.ts'
import { doneRemoval, plannedRemoval } from '../results/orphan-removal.ts'
import type { Terminal } from '../terminal.ts'

export async function removeTableOrphans(
  terminal: Terminal,
  name: string,
  options: OrphansCommandOptions,
): Promise<void> {
  const { signal } = terminal
  const table = await findTable(terminal, name, options)
  const plan = await planOrphanRemoval(table, orphanOptions(options), { signal })
  if (options.dryRun === true) return printMaintenance(terminal, options, plannedRemoval(plan))
  const progress = showDeletions(terminal)
  try {
    const report = await plan.run({
      signal,
      onProgress: ({ files, totalFiles }) => progress.show(files, totalFiles),
    })
    progress.clear()
    await printMaintenance(terminal, options, doneRemoval(plan, report))
    if (report.left.length > 0) signal.throwIfAborted()
  } finally {
    progress.clear()
  }
}

function orphanOptions(options: OrphansCommandOptions): OrphanOptions {
  const {
    olderThan,
    force = false,
    location,
    equalScheme,
    equalAuthority,
    prefixMismatch,
  } = options
  return {
    force,
    ...(olderThan === undefined ? {} : { olderThan }),
    ...(location === undefined ? {} : { location: absoluteLocation(location) }),
    ...(equalScheme === undefined ? {} : { equalSchemes: equalScheme }),
    ...(equalAuthority === undefined ? {} : { equalAuthorities: equalAuthority }),
    ...(prefixMismatch === undefined ? {} : { prefixMismatch }),
  }
}
