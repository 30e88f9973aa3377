import { availableParallelism } from 'node:os'

import { systemEnvironment } from '../base/environment.ts'
import type { Environment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import type { OptionNames } from '../base/options.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { WarningListener } from '../catalog/metadata-versions.ts'
import type { ParquetCodec } from '../formats/parquet/codec.ts'
import { codecPool } from '../formats/parquet/codec-pool.ts'
import { wasmCodec } from '../formats/parquet/wasm-codec.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { warningsTo } from '../table/events.ts'
import type { EventListener } from '../table/events.ts'
import { createManifestCache } from '../table/manifest-cache.ts'
import type { TableServices } from '../table/table-state.ts'

export interface ServiceOptions {
  /** Told what happens, for telemetry. What it throws becomes a warning of the process. */
  readonly onEvent?: EventListener
  /** The clock and the chance: tests bring their own. */
  readonly environment?: Environment
  /** Where bytes are kept, in place of this machine's files. */
  readonly store?: ObjectStore
  /**
   * Threads that encode and decode data files, 0 for the caller's own; two, or as many as there are processors, when absent.
   * They start with the first large piece of work, end when idle, and do not keep the process alive.
   */
  readonly workers?: number
  /** What encodes and decodes data files, in place of threads of our own. */
  readonly codec?: ParquetCodec
}

/** The names of {@link ServiceOptions}. */
export const SERVICE_NAMES: OptionNames<ServiceOptions> = {
  onEvent: 'function',
  environment: true,
  store: true,
  workers: true,
  codec: true,
}

export interface StoreAndEnvironment {
  readonly store: ObjectStore
  readonly environment: Environment
  readonly onWarning: WarningListener
}

/** What tables need to work, with defaults for what the caller did not bring. */
export function openServices(
  options: ServiceOptions,
  defaultStore: () => ObjectStore,
  openCatalog: (place: StoreAndEnvironment) => Catalog,
): TableServices {
  const onEvent = shielded(options.onEvent ?? ((): void => {}))
  const environment = options.environment ?? systemEnvironment
  const store = options.store ?? defaultStore()
  const catalog = openCatalog({
    store,
    environment,
    onWarning: warningsTo(onEvent),
  })
  return {
    store,
    catalog,
    environment,
    onEvent,
    codec: options.codec ?? codecOf(options.workers),
    cache: createManifestCache(environment),
  }
}

const DEFAULT_WORKERS = 2
const MAX_WORKERS = 64

/** @throws IcebergError `invalid` when that is no number of threads */
function codecOf(workers = Math.min(DEFAULT_WORKERS, availableParallelism())): ParquetCodec {
  if (!Number.isInteger(workers) || workers < 0 || workers > MAX_WORKERS) {
    throw new IcebergError('invalid', 'workers is a whole number from 0 to 64', {
      context: { workers },
    })
  }
  return workers === 0 ? wasmCodec() : codecPool({ workers })
}

/** A listener must not be able to make a failure of a commit that has landed: its caller would write the rows again. */
function shielded(listener: EventListener): EventListener {
  return (event) => {
    try {
      listener(event)
    } catch (error) {
      process.emitWarning(`a listener failed at ${event.kind}: ${String(error)}`, 'FrazilWarning')
    }
  }
}
