import { IcebergError } from '../../base/errors.ts'

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

/**
 * Runs every node once its dependencies have succeeded, one after the other. A failure is tried again `retries` times,
 * and then costs the nodes that wait for it, but no others.
 *
 * @returns what became of each node, in the order of {@link orderNodes}
 * @throws `signal.reason` when aborted
 */
export async function runNodes<Node extends DagNode & { readonly retries: number }, Result>(
  nodes: readonly Node[],
  run: (node: Node) => Promise<Result>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, NodeOutcome<Result>>> {
  const outcomes = new Map<string, NodeOutcome<Result>>()
  for (const node of orderNodes(nodes)) {
    const because = node.dependencies.find((name) => outcomes.get(name)?.kind !== 'succeeded')
    outcomes.set(
      node.name,
      because === undefined
        ? await runWithRetries(node, run, signal)
        : { kind: 'skipped', because },
    )
  }
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
