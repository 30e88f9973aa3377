import { IcebergError } from '../../base/errors.ts'
import { Permits } from '../../base/permits.ts'

/** A piece of work that waits for others. */
export interface DagNode {
  readonly name: string
  /** Names of nodes that must have succeeded before; none is missing from the graph. */
  readonly dependencies: readonly string[]
}

/** What became of a node; a node that waited for one that did not succeed is skipped. */
export type NodeOutcome<Result> =
  | { readonly kind: 'succeeded'; readonly result: Result; readonly attempts: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly attempts: number }
  | { readonly kind: 'skipped'; readonly because: string }

/**
 * All nodes, each after those it waits for, otherwise in the order given.
 *
 * @throws IcebergError `invalid` when there is a cycle
 */
export function orderNodes<Node extends DagNode>(nodes: readonly Node[]): readonly Node[] {
  const ordered: Node[] = []
  const stuck = resolve(nodes, (node) => ordered.push(node))
  if (stuck.length > 0) throw new IcebergError('invalid', 'dependencies form a cycle')
  return ordered
}

/** Names along a cycle, the first one repeated at the end; null when there is none. */
export function findCycle(nodes: readonly DagNode[]): readonly string[] | null {
  const stuck = new Map(resolve(nodes, () => {}).map((node) => [node.name, node]))
  const path: string[] = []
  // Every stuck node waits for another one that is stuck, so following them must come back to a name.
  let [name] = stuck.keys()
  while (name !== undefined && !path.includes(name)) {
    path.push(name)
    name = stuck.get(name)?.dependencies.find((dependency) => stuck.has(dependency))
  }
  return name === undefined ? null : [...path.slice(path.indexOf(name)), name]
}

/** Nodes that run at once: each may sort rows and hold them. */
const AT_ONCE = 4

/**
 * Runs every node once its dependencies have succeeded; those that do not wait for each other run at once. A failure is
 * tried again `retries` times, and then costs the nodes that wait for it, but no others.
 *
 * @returns what became of each node, in the order of {@link orderNodes}
 * @throws `signal.reason` when aborted, once nothing runs any more
 */
export async function runNodes<Node extends DagNode & { readonly retries: number }, Result>(
  nodes: readonly Node[],
  run: (node: Node) => Promise<Result>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, NodeOutcome<Result>>> {
  const permits = new Permits(AT_ONCE)
  const running = new Map<string, Promise<NodeOutcome<Result>>>()
  const settle = async (node: Node): Promise<NodeOutcome<Result>> => {
    for (const name of node.dependencies) {
      const outcome = await running.get(name)
      if (outcome?.kind !== 'succeeded') return { kind: 'skipped', because: name }
    }
    const release = await permits.acquire()
    return runWithRetries(node, run, signal).finally(release)
  }
  for (const node of orderNodes(nodes)) running.set(node.name, settle(node))
  await Promise.allSettled(running.values())
  const outcomes = new Map<string, NodeOutcome<Result>>()
  for (const [name, outcome] of running) outcomes.set(name, await outcome)
  return outcomes
}

async function runWithRetries<Node extends { readonly retries: number }, Result>(
  node: Node,
  run: (node: Node) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<NodeOutcome<Result>> {
  for (let attempts = 1; ; attempts += 1) {
    signal?.throwIfAborted()
    try {
      return { kind: 'succeeded', result: await run(node), attempts }
    } catch (error) {
      signal?.throwIfAborted()
      if (attempts > node.retries) return { kind: 'failed', error, attempts }
    }
  }
}

/** Visits nodes as their dependencies have been visited; gives those that never could be. */
function resolve<Node extends DagNode>(
  nodes: readonly Node[],
  visit: (node: Node) => void,
): readonly Node[] {
  const visited = new Set<string>()
  let waiting = nodes
  for (;;) {
    const ready = waiting.filter((node) => node.dependencies.every((name) => visited.has(name)))
    if (ready.length === 0) return waiting
    for (const node of ready) {
      visited.add(node.name)
      visit(node)
    }
    waiting = waiting.filter((node) => !visited.has(node.name))
  }
}
