// One policy for all that keeps a table in order, for a schedule to run again and again. Steps come in an order in which none
// keeps another from its turn: what is quick comes first, and compaction takes what is left of the budget. Nothing is kept
// between runs: each plans anew, so that the next one goes on where this one had to end.
import { IcebergError, withContext } from '../base/errors.ts'
import { STOP_NAMES, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { TARGET_FILE_SIZE_BYTES, readProperty } from '../metadata/properties.ts'
import type { TableState } from '../table/table-state.ts'
import { compactionOf, planCompaction } from './compact-files.ts'
import type { CompactionPlan } from './compact-files.ts'
import { checkCompactionOptions } from './compaction-options.ts'
import type {
  CompactedTable,
  CompactionOptions,
  CompactionReport,
  CompactionRun,
} from './compaction-options.ts'
import { checkExpiry, planExpiry } from './expire-snapshots.ts'
import type { ExpireOptions, ExpirePlan, ExpireReport } from './expire-snapshots.ts'
import type { OrphanOptions } from './orphan-search.ts'
import { checkedSearch, planOrphanRemoval } from './remove-orphans.ts'
import type { OrphanPlan, OrphanReport } from './remove-orphans.ts'
import { checkedSpec, planRewriteManifests } from './rewrite-manifests.ts'
import type {
  RewriteManifestsOptions,
  RewriteManifestsPlan,
  RewriteManifestsReport,
} from './rewrite-manifests.ts'

/** What is done to a table, in this order. A step without options here is left out; `{}` takes it as it is by itself. */
export interface MaintenancePolicy {
  readonly expire?: ExpireOptions
  readonly manifests?: RewriteManifestsOptions
  readonly orphans?: OrphanOptions
  /** With a budget, groups are of twice the target size, unless `maxGroupBytes` says otherwise. */
  readonly compact?: CompactionOptions
  readonly budget?: MaintenanceBudget
}

/** How much a run may take. What it does not come to is done by the next. */
export interface MaintenanceBudget {
  /** No step, and no group of files, is begun later than so many seconds after the first. */
  readonly seconds?: number
  /** No group of files is begun once files of so many bytes were. */
  readonly bytes?: number
}

/** What a policy may name, in the order in which it is done. */
export const MAINTENANCE_STEPS = ['expire', 'manifests', 'orphans', 'compact'] as const

/** One of {@link MAINTENANCE_STEPS}. */
export type MaintenanceStep = (typeof MAINTENANCE_STEPS)[number]

/** A step: what was planned, and what became of it. */
export interface StepResult<Plan, Report> {
  readonly plan: Plan
  /** Null where nothing but the plan was wanted. */
  readonly report: Report | null
}

/** Null for a step that is left out or was not begun. */
export interface MaintenanceSteps {
  readonly expire: StepResult<ExpirePlan, ExpireReport> | null
  readonly manifests: StepResult<RewriteManifestsPlan, RewriteManifestsReport> | null
  readonly orphans: StepResult<OrphanPlan, OrphanReport> | null
  readonly compact: StepResult<CompactionPlan, CompactionReport> | null
}

/** What each step would do to the table as it is now. */
export interface MaintenancePlan extends MaintenanceSteps {
  /** The plan in words. */
  describe(): string
}

/** What each step did. */
export interface MaintenanceReport extends MaintenanceSteps {
  /** Steps that the budget left for the next run, whole or in part. */
  readonly unfinished: readonly MaintenanceStep[]
}

/** How a maintenance is told to stop, and tells how far it is. */
export interface MaintenanceRun {
  readonly signal?: AbortSignal
  /** Told as each step begins. */
  readonly onStep?: (step: MaintenanceStep) => void
  /** Told as each step ends, of all that were done so far: they stay done, whatever becomes of those after them. */
  readonly onStepDone?: (steps: MaintenanceSteps) => void
}

/**
 * What {@link maintain} would do, step by step, each as if it were the only one. Nothing is changed.
 *
 * @throws IcebergError as the plan of each step does
 */
export async function planMaintenance(
  table: CompactedTable,
  policy: MaintenancePolicy,
  how: Pick<MaintenanceRun, 'signal'> = {},
): Promise<MaintenancePlan> {
  checkNames(policy)
  checkOptions('planMaintenance', how, STOP_NAMES)
  const stop = stopOf(how.signal)
  await table.refresh(stop)
  checkSteps(table, policy)
  const steps = await eachStep(table, policy, {
    stop,
    take: async (_step, plan) => ({ plan: await plan(), report: null }),
  })
  const { expire, manifests, orphans, compact } = steps
  const plans = [expire, manifests, orphans, compact].flatMap((step) => step?.plan ?? [])
  return { ...steps, describe: () => plans.map((plan) => plan.describe()).join('\n') }
}

/**
 * Keeps a table in order, as a policy says. What one step leaves is there for the next; a step that fails ends the run, and
 * those before it stay done.
 *
 * @throws IcebergError as each step does, with the step in the context; `invalid` before the first step for a policy that is
 *   wrong in any
 */
export async function maintain(
  table: CompactedTable,
  policy: MaintenancePolicy,
  run: MaintenanceRun = {},
): Promise<MaintenanceReport> {
  checkNames(policy)
  checkOptions<MaintenanceRun>('maintain', run, {
    signal: 'signal',
    onStep: 'function',
    onStepDone: 'function',
  })
  const stop = stopOf(run.signal)
  await table.refresh(stop)
  checkSteps(table, policy)
  const budgeted = new BudgetedRun(table, policy.budget ?? {}, run)
  const steps = await eachStep(table, policy, {
    stop,
    take: (step, plan) => budgeted.take(step, plan),
    ...(run.onStepDone === undefined ? {} : { onTaken: run.onStepDone }),
  })
  return { ...steps, unfinished: budgeted.unfinished }
}

/** What is done with each step of a policy: it is planned alone, or run too. */
interface StepTaker {
  readonly stop: { readonly signal?: AbortSignal }
  readonly take: <Plan extends RunnablePlan<Report>, Report>(
    step: MaintenanceStep,
    plan: () => Promise<Plan>,
  ) => Promise<StepResult<Plan, Report> | null>
  /** Told of all steps so far, after each. */
  readonly onTaken?: (steps: MaintenanceSteps) => void
}

interface RunnablePlan<Report> {
  run(options?: StepRun): Promise<Report>
}

type StepRun = Pick<CompactionRun, 'signal' | 'mayBegin'>

const NO_STEPS: MaintenanceSteps = { expire: null, manifests: null, orphans: null, compact: null }

/** The steps of a policy, in their order. */
async function eachStep(
  table: CompactedTable,
  policy: MaintenancePolicy,
  { stop, take, onTaken }: StepTaker,
): Promise<MaintenanceSteps> {
  let steps = NO_STEPS
  const tell = (taken: Partial<MaintenanceSteps>): void => {
    steps = { ...steps, ...taken }
    onTaken?.(steps)
  }
  const { expire, manifests, orphans, compact } = policy
  if (expire !== undefined) {
    const plan = (): Promise<ExpirePlan> => planExpiry(table, expire, stop)
    tell({ expire: await take<ExpirePlan, ExpireReport>('expire', plan) })
  }
  if (manifests !== undefined) {
    const plan = (): Promise<RewriteManifestsPlan> => planRewriteManifests(table, manifests)
    const taken = await take<RewriteManifestsPlan, RewriteManifestsReport>('manifests', plan)
    tell({ manifests: taken })
  }
  if (orphans !== undefined) {
    const plan = (): Promise<OrphanPlan> => planOrphanRemoval(table, orphans, stop)
    tell({ orphans: await take<OrphanPlan, OrphanReport>('orphans', plan) })
  }
  if (compact !== undefined) {
    const plan = (): Promise<CompactionPlan> =>
      planCompaction(table, groupsFor(table.state, policy), stop)
    tell({ compact: await take<CompactionPlan, CompactionReport>('compact', plan) })
  }
  return steps
}

/** Runs steps as long as a budget lasts. */
class BudgetedRun {
  readonly unfinished: MaintenanceStep[] = []
  readonly #table: CompactedTable
  readonly #budget: MaintenanceBudget
  readonly #run: MaintenanceRun
  readonly #startMs: number
  #begunBytes = 0n

  constructor(table: CompactedTable, budget: MaintenanceBudget, run: MaintenanceRun) {
    this.#table = table
    this.#budget = budget
    this.#run = run
    this.#startMs = this.#nowMs()
  }

  /** Null for a step that there is no time for. */
  async take<Plan extends RunnablePlan<Report>, Report>(
    step: MaintenanceStep,
    plan: () => Promise<Plan>,
  ): Promise<StepResult<Plan, Report> | null> {
    const { signal, onStep } = this.#run
    signal?.throwIfAborted()
    if (!this.#hasTime()) {
      this.unfinished.push(step)
      return null
    }
    onStep?.(step)
    try {
      await this.#table.refresh(stopOf(signal))
      const planned = await plan()
      return { plan: planned, report: await planned.run(this.#runOf(step)) }
    } catch (error) {
      throw withContext(error, { step })
    }
  }

  /** Only groups of files are counted. */
  #runOf(step: MaintenanceStep): StepRun {
    const stop = stopOf(this.#run.signal)
    return step === 'compact' ? { ...stop, mayBegin: ({ bytes }) => this.#mayBegin(bytes) } : stop
  }

  #mayBegin(bytes: bigint): boolean {
    const { bytes: limit } = this.#budget
    const hasBytes = limit === undefined || this.#begunBytes < BigInt(limit)
    if (hasBytes && this.#hasTime()) {
      this.#begunBytes += bytes
      return true
    }
    if (!this.unfinished.includes('compact')) this.unfinished.push('compact')
    return false
  }

  #hasTime(): boolean {
    const { seconds } = this.#budget
    return seconds === undefined || this.#nowMs() - this.#startMs <= seconds * 1000
  }

  #nowMs(): number {
    return this.#table.state.services.environment.nowMs()
  }
}

/** Groups that a budget can end between, each kept once it is done. */
function groupsFor(
  state: TableState,
  { compact = {}, budget }: MaintenancePolicy,
): CompactionOptions {
  const options = { partialProgress: true, ...compact }
  if (budget === undefined || options.maxGroupBytes !== undefined) return options
  const targetBytes =
    options.targetBytes ?? readProperty(state.metadata.properties, TARGET_FILE_SIZE_BYTES)
  return { ...options, maxGroupBytes: 2 * targetBytes }
}

const NAMES: OptionNames<MaintenancePolicy> = {
  expire: true,
  manifests: true,
  orphans: true,
  compact: true,
  budget: true,
}

function checkNames(policy: MaintenancePolicy): void {
  checkOptions('maintain', policy, NAMES)
  if (policy.budget !== undefined) checkBudget(policy.budget)
}

/** All steps, before the first: what one has done stays. */
function checkSteps({ state }: CompactedTable, policy: MaintenancePolicy): void {
  const { expire, manifests, orphans, compact } = policy
  checkStep('expire', expire, (options) => checkExpiry(state, options))
  checkStep('manifests', manifests, (options) => checkedSpec(state, options))
  checkStep('orphans', orphans, (options) => checkedSearch(state, options))
  checkStep('compact', compact, (options) => {
    checkCompactionOptions(options)
    compactionOf(state.metadata, groupsFor(state, policy))
  })
}

function checkStep<Options>(
  step: MaintenanceStep,
  options: Options | undefined,
  check: (options: Options) => unknown,
): void {
  if (options === undefined) return
  try {
    check(options)
  } catch (error) {
    throw withContext(error, { step })
  }
}

function checkBudget(budget: MaintenanceBudget): void {
  checkOptions<MaintenanceBudget>('budget', budget, { seconds: true, bytes: true })
  const { seconds = 0, bytes = 0 } = budget
  if (Number.isFinite(seconds) && seconds >= 0 && Number.isSafeInteger(bytes) && bytes >= 0) return
  throw new IcebergError('invalid', 'a budget is seconds, and a whole number of bytes', {
    context: { seconds, bytes },
  })
}

function stopOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
