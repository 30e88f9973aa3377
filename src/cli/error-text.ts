import { IcebergError } from '../base/errors.ts'
import type { ErrorContext, Problem } from '../base/errors.ts'
import { printable } from './printable.ts'

/** A fault as people read it: the message, the facts, each fault on its own line, and what it came from. */
export function errorText(error: unknown): string {
  if (!(error instanceof IcebergError)) return printable(`frazil: internal error: ${String(error)}`)
  return [
    `frazil: ${messageText(error.message, error.context)}`,
    ...error.problems.map((problem) => `  ${problemText(problem)}`),
    ...causesOf(error).map((cause) => `  because: ${cause}`),
  ]
    .map(printable)
    .join('\n')
}

/** `the table has no such branch or tag (ref=audit)` */
export function messageText(message: string, context: ErrorContext): string {
  const facts = Object.entries(context).map(([name, value]) => `${name}=${value}`)
  return facts.length === 0 ? message : `${message} (${facts.join(', ')})`
}

/** `line 3, column 5: workflow.dag[0].name: message`, as far as it is known. */
export function problemText({ path, line, column, message }: Problem): string {
  const place =
    line === undefined ? '' : `line ${line}${column === undefined ? '' : `, column ${column}`}: `
  return `${place}${path}: ${message}`
}

/** The causes of a fault, the nearest first. */
function causesOf(error: Error): readonly string[] {
  const { cause } = error
  if (!(cause instanceof Error)) return []
  const text =
    cause instanceof IcebergError ? messageText(cause.message, cause.context) : cause.message
  return [text, ...causesOf(cause)]
}
