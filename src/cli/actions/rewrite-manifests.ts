import { planRewriteManifests } from '../../maintenance/rewrite-manifests.ts'
import type { RewriteManifestsOptions } from '../commands/rewrite-manifests.ts'
import { findTable } from '../find-table.ts'
import { printMaintenance } from '../maintenance-output.ts'
import { doneManifests, plannedManifests } from '../results/manifests.ts'
import type { Terminal } from '../terminal.ts'

export async function rewriteManifests(
  terminal: Terminal,
  name: string,
  options: RewriteManifestsOptions,
): Promise<void> {
  const { signal } = terminal
  const { specId, sortBy } = options
  const table = await findTable(terminal, name, options)
  const plan = await planRewriteManifests(table, {
    ...(specId === undefined ? {} : { specId }),
    ...(sortBy === undefined ? {} : { sortBy }),
  })
  const result =
    options.dryRun === true
      ? plannedManifests(plan)
      : doneManifests(plan, await plan.run({ signal }))
  await printMaintenance(terminal, options, result)
}
