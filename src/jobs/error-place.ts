// Errors of a job come with where in its file that stands which they are about.
import { IcebergError, withContext } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'
import type { Workflow } from './workflow/model.ts'

/** Says more of an error than it knows by itself. */
export type Explain = (error: unknown) => unknown

/** Does some work, whose errors are explained. */
export async function explained<Result>(
  explain: Explain,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw explain(error)
  }
}

/** Does some work, whose errors come with more context. What they know by themselves stays. */
export function placed<Result>(
  context: ErrorContext,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  return explained((error) => withContext(error, context), work)
}

/** A job of a file, for the context of errors. */
export function placeOfJob({ file }: Pick<Workflow, 'file'>, job: string): ErrorContext {
  return file === null ? { job } : { file, job }
}

/** An error of a text that was made of another, with the `offset` in that one. */
export function movedOffset(error: unknown, offsetOf: (offset: number) => number): unknown {
  if (!(error instanceof IcebergError)) return error
  const { kind, message, context, cause, problems } = error
  const { offset } = context
  if (typeof offset !== 'number') return error
  const moved = { ...context, offset: offsetOf(offset) }
  return new IcebergError(kind, message, { context: moved, cause, problems })
}
