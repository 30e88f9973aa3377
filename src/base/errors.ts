/**
 * What the caller can do about a failure. A new kind is justified only when a caller would act
 * differently; everything else is a message and context.
 */
export type ErrorKind =
  /** The call is wrong: fix the arguments or the configuration. */
  | 'invalid'
  /** The named table, snapshot or file does not exist. */
  | 'not-found'
  /** Another writer won: refresh and try again. */
  | 'conflict'
  /** The commit may or may not have landed: do not clean up, re-read first. */
  | 'commit-unknown'
  /** Stored bytes break the table specification: the table needs repair. */
  | 'corrupt'
  /** Valid by the specification, not implemented here. */
  | 'unsupported'
  /** A stated bound on memory, size or depth was reached: raise it if the input is trusted. */
  | 'limit'
  /** Storage or network failed: retrying may help. */
  | 'unavailable'
  /** A bug in this library. */
  | 'internal'

/** Facts about one failure: names, ids, offsets. Never row values or credentials. */
export type ErrorContext = Readonly<Record<string, string | number | bigint | boolean>>

/** One fault among several that were found at once, such as those of a job file. */
export interface Problem {
  /** Where the fault sits, spelled like `workflow.dag[0].spec.stack` or `rows[3].fare`. */
  readonly path: string
  /** Counted from 1. */
  readonly line?: number
  /** Counted from 1. */
  readonly column?: number
  readonly message: string
}

export interface IcebergErrorOptions {
  readonly context?: ErrorContext
  readonly cause?: unknown
  readonly problems?: readonly Problem[]
}

/** The only error class this library throws on purpose. Branch on {@link kind}, not the message. */
export class IcebergError extends Error {
  override readonly name = 'IcebergError'
  readonly kind: ErrorKind
  readonly context: ErrorContext
  /** All faults, when several were found at once; empty otherwise. */
  readonly problems: readonly Problem[]

  constructor(kind: ErrorKind, message: string, options: IcebergErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.kind = kind
    this.context = options.context ?? {}
    this.problems = options.problems ?? []
  }
}

/** Whether `error` is one of ours of the given kind. */
export function isKind(error: unknown, kind: ErrorKind): error is IcebergError {
  return error instanceof IcebergError && error.kind === kind
}

/** The same error with more context, for a caller that knows more than the place that threw. What was known stays. */
export function withContext(error: unknown, context: ErrorContext): unknown {
  if (!(error instanceof IcebergError)) return error
  return new IcebergError(error.kind, error.message, {
    context: { ...context, ...error.context },
    cause: error.cause,
    problems: error.problems,
  })
}
