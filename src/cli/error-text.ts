import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'

/** A fault as people read it: the message, the facts, then each fault on its own line. Control signs are escaped. */
export function errorText(error: unknown): string {
  if (!(error instanceof IcebergError)) return escaped(`frazil: internal error: ${String(error)}`)
  const facts = Object.entries(error.context).map(([name, value]) => `${name}=${value}`)
  const head = [`frazil: ${error.message}`, ...(facts.length === 0 ? [] : [`(${facts.join(', ')})`])]
  const cause = error.cause instanceof Error ? [`  because: ${error.cause.message}`] : []
  return [head.join(' '), ...error.problems.map((problem) => `  ${problemText(problem)}`), ...cause]
    .map(escaped)
    .join('\n')
}

/** `line 3, column 5: workflow.dag[0].name: message`, as far as it is known. */
export function problemText({ path, line, column, message }: Problem): string {
  const place = line === undefined ? '' : `line ${line}${column === undefined ? '' : `, column ${column}`}: `
  return `${place}${path}: ${message}`
}

/** Names come from files: they must not speak to the terminal. */
function escaped(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (sign) => {
    const code = sign.charCodeAt(0).toString(16).padStart(2, '0')
    return `\\x${code}`
  })
}
