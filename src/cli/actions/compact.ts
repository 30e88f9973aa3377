import { planCompaction } from '../../maintenance/compact-files.ts'
import type { CompactionOptions } from '../../maintenance/compaction-options.ts'
import type { CompactOptions } from '../commands/compact.ts'
import { findTable } from '../find-table.ts'
import { printMaintenance } from '../maintenance-output.ts'
import { ERASE } from '../progress.ts'
import { doneCompaction, plannedCompaction } from '../results/compaction.ts'
import type { Terminal } from '../terminal.ts'

export async function compactTable(
  terminal: Terminal,
  name: string,
  options: CompactOptions,
): Promise<void> {
  const { signal } = terminal
  const table = await findTable(terminal, name, options)
  const plan = await planCompaction(table, compactionOptions(options), { signal })
  if (options.dryRun === true) return printMaintenance(terminal, options, plannedCompaction(plan))
  const progress = showGroups(terminal)
  try {
    const report = await plan.run({
      signal,
      onProgress: ({ groups, totalGroups }) => progress.show(groups, totalGroups),
    })
    progress.clear()
    await printMaintenance(terminal, options, doneCompaction(plan, report))
  } finally {
    progress.clear()
  }
}

function compactionOptions(options: CompactOptions): CompactionOptions {
  const { where, strategy, sort, zorder, targetSize, minInputFiles, maxFiles } = options
  const { rewriteAll = false, partialProgress = false } = options
  return {
    ...(where === undefined ? {} : { where }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(sort === undefined ? {} : { sort }),
    ...(zorder === undefined ? {} : { zorder }),
    ...(targetSize === undefined ? {} : { targetBytes: targetSize }),
    ...(minInputFiles === undefined ? {} : { minInputFiles }),
    ...(maxFiles === undefined ? {} : { maxFiles }),
    rewriteAll,
    partialProgress,
  }
}

interface GroupProgress {
  readonly show: (groups: number, totalGroups: number) => void
  readonly clear: () => void
}

/** On the line of standard error that progress has, only at a terminal. */
function showGroups({ err }: Terminal): GroupProgress {
  if (err.isTTY !== true) return { show: () => undefined, clear: () => undefined }
  let isShown = false
  return {
    show(groups, totalGroups) {
      err.write(`${ERASE}rewrote ${groups} of ${totalGroups} groups of files`)
      isShown = true
    },
    clear() {
      if (isShown) err.write(ERASE)
      isShown = false
    },
  }
}
