import type { ErrorContext } from '../../base/errors.ts'
import type { MetadataFault } from '../../metadata/invariants.ts'
import { CHECKS } from './checks.ts'
import type { CheckName, Severity } from './checks.ts'

/** One thing that is wrong with a table. */
export interface Finding {
  /** What was checked, as in `missing-data-file`. */
  readonly check: string
  readonly severity: Severity
  /** The file that is wrong, or that says what is wrong. */
  readonly path: string
  /** What is wrong, in one clause without values. */
  readonly message: string
  /** How a person gets out of it. */
  readonly whatToDo: string
  /** The values: names, ids, counts and offsets. Never values of rows. */
  readonly context: ErrorContext
}

/** A finding of a check. */
export function finding(check: CheckName, path: string, context: ErrorContext = {}): Finding {
  return { check, path, context, ...CHECKS[check] }
}

/** A contradiction in table metadata, as its invariants tell it. */
export function faultFinding(fault: MetadataFault, path: string): Finding {
  const { name: check, field, message, context } = fault
  return {
    check,
    severity: 'damage',
    path,
    message,
    whatToDo:
      'go back to the last metadata file before this one, or correct the field with the engine that wrote it',
    context: { field, ...context },
  }
}
