import { IcebergError } from '../../base/errors.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { TableState } from '../../table/table-state.ts'
import type { CheckName } from './checks.ts'
import { finding } from './finding.ts'
import type { Findings } from './findings.ts'

/** What the parts of an examination share. */
export interface Examining {
  readonly state: TableState
  readonly findings: Findings
  /** Whether the rows of data files are read too. */
  readonly isDeep: boolean
  readonly options: RequestOptions
}

/** What it is called when something is amiss with a file. */
export interface FileChecks {
  readonly missing: CheckName
  readonly unreadable: CheckName
  /** When it may be sound, and is not read here: `not-examined` when absent; null for what is to be thrown. */
  readonly unread?: CheckName | null
}

/**
 * What a read gives; null when it found that the file is missing or damaged, which is then told. A failure of storage is
 * no damage, and is thrown.
 */
export async function readOrTell<Result>(
  findings: Findings,
  path: string,
  checks: FileChecks,
  read: () => Promise<Result>,
): Promise<Result | null> {
  try {
    return await read()
  } catch (error) {
    const check = checkOf(error, checks)
    if (!(error instanceof IcebergError) || check === null) throw error
    const reason = messagesOf(error)
    findings.add(finding(check, path, { reason, ...error.context }))
    return null
  }
}

function checkOf(error: unknown, checks: FileChecks): CheckName | null {
  if (!(error instanceof IcebergError)) return null
  switch (error.kind) {
    case 'not-found':
    // A location that leads nowhere from here, such as a relative one.
    case 'invalid':
      return checks.missing
    case 'corrupt':
    case 'limit':
      return checks.unreadable
    case 'unsupported':
      return checks.unread === undefined ? 'not-examined' : checks.unread
    default:
      return null
  }
}

function messagesOf({ message, problems }: IcebergError): string {
  return [message, ...problems.map((problem) => `${problem.path}: ${problem.message}`)].join('; ')
}
