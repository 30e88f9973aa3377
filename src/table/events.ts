import type { ErrorContext } from '../base/errors.ts'

/** What happens while a table is read and written, for a user's own telemetry. Names, counts and sizes; never row values. */
export type TableEvent =
  | {
      readonly kind: 'scan-planned'
      readonly table: string
      readonly snapshotId: bigint | null
      readonly manifests: number
      readonly manifestsRead: number
      readonly files: number
      readonly filesRead: number
    }
  | {
      readonly kind: 'file-written'
      readonly table: string
      readonly path: string
      readonly rows: bigint
      readonly sizeBytes: bigint
    }
  | { readonly kind: 'commit-attempted'; readonly table: string; readonly attempt: number }
  | {
      readonly kind: 'commit-conflict'
      readonly table: string
      readonly attempt: number
      readonly reason: string
    }
  | {
      readonly kind: 'committed'
      readonly table: string
      readonly snapshotId: bigint | null
      readonly attempts: number
    }
  | { readonly kind: 'warning'; readonly message: string; readonly context: ErrorContext }

/** Told of each event as it happens, and not waited for. */
export type EventListener = (event: TableEvent) => void

/** Has what only warns be an event. */
export function warningsTo(
  onEvent: EventListener,
): (message: string, context: ErrorContext) => void {
  return (message, context) => onEvent({ kind: 'warning', message, context })
}
