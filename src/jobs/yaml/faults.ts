import { IcebergError, type ErrorContext, type Problem } from '../../base/errors.ts'

/** Where something was said: a path such as `workflow.dag[0].name`, with line and column when it was in a file. */
export type Place = Omit<Problem, 'message'>

/**
 * Collects what is wrong with a file, so that its author hears of everything at once. Readers note a fault and go on with
 * a stand-in; nothing they made is given out when a fault was noted.
 */
export class Faults {
  readonly #strict: boolean
  readonly #invalid: Problem[] = []
  readonly #unsupported: Problem[] = []
  readonly #warnings: Problem[] = []

  constructor(options: { readonly strict?: boolean } = {}) {
    this.#strict = options.strict ?? false
  }

  /** The file is wrong. */
  invalid(place: Place, message: string): void {
    this.#invalid.push(problemAt(place, message))
  }

  /** The file is right, and asks for something that is not built: refused by name, never passed over. */
  unsupported(place: Place, name: string): void {
    this.#unsupported.push(problemAt(place, `${name} is not supported yet`))
  }

  warn(place: Place, message: string): void {
    this.#warnings.push(problemAt(place, message))
  }

  /** A habit that a strict reading refuses and a lenient one puts up with. */
  warnUnlessStrict(place: Place, message: string): void {
    if (this.#strict) this.invalid(place, message)
    else this.warn(place, message)
  }

  /** What `read` gives; when it throws one of our errors, notes that at `place` and gives `standIn`. */
  attempt<Result, StandIn>(place: Place, standIn: StandIn, read: () => Result): Result | StandIn {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof IcebergError)) throw error
      for (const message of messagesOf(error)) {
        if (error.kind === 'unsupported') this.unsupported(place, message)
        else this.invalid(place, message)
      }
      return standIn
    }
  }

  /** In the order of the file. */
  get warnings(): readonly Problem[] {
    return inFileOrder(this.#warnings)
  }

  /** @throws IcebergError when a fault was noted: `unsupported` if that is all that stands in the way, else `invalid` */
  throwIfAny(message: string, context: ErrorContext = {}): void {
    const problems = inFileOrder([...this.#invalid, ...this.#unsupported])
    if (problems.length === 0) return
    const kind = this.#invalid.length === 0 ? 'unsupported' : 'invalid'
    throw new IcebergError(kind, message, { context, problems })
  }
}

/** What an error says, with the part of the text that it is about; several faults one by one. */
function messagesOf({ message, context, problems }: IcebergError): readonly string[] {
  if (problems.length > 0) {
    return problems.map(({ path, message: what }) => `${message}: ${path}: ${what}`)
  }
  const { offset, path } = context
  if (typeof offset === 'number') return [`${message} at character ${offset + 1}`]
  return [typeof path === 'string' ? `${message} at ${path}` : message]
}

function problemAt(place: Place, message: string): Problem {
  return { ...place, message }
}

function inFileOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (left, right) =>
      (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  )
}
