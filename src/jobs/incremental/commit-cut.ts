// Windows of what was appended to the source since the run before, snapshot by snapshot.
import { fingerprint } from '../state.ts'
import type { JobTable } from '../lake.ts'
import { orderOfColumn } from './key-order.ts'
import { SOURCE_VIEW } from './value-cut.ts'
import type { Cut } from './windowed-job.ts'

/** The values are ids of snapshots: `(start, end]`. The first window has no start, and is the source as it is. */
export function commitCut(stateKey: string, { currentSnapshot }: JobTable): Cut {
  const head = currentSnapshot === null ? '' : String(currentSnapshot.snapshotId)
  return {
    input: SOURCE_VIEW,
    stateKey,
    definitions: new Map([['start', fingerprint('commit')]]),
    entries: [{ key: 'start', value: 'end' }],
    values: async (stored) =>
      new Map([
        ['start', stored.get('start') ?? ''],
        ['end', head],
      ]),
    orderOf: () => orderOfColumn('long', noZone),
    toLocal: noZone,
    beyond: async (values) =>
      values.get('start') === head
        ? { end: head, bound: head === '' ? null : head, limit: 'commits' }
        : null,
    oddities: async () => [],
    rereads: false,
    begins: async () => null,
    range: async () => null,
  }
}

/** Ids are no moments. */
async function noZone(text: string): Promise<string> {
  return text
}
