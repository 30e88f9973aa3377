import { IcebergError } from '../../src/base/errors.ts'

/** The error of ours that a call throws; anything else, or nothing, fails the test. */
export function thrownBy(run: () => unknown): IcebergError {
  try {
    run()
  } catch (error) {
    if (error instanceof IcebergError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
