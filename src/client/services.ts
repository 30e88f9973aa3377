import { systemEnvironment } from '../base/environment.ts'
import type { Environment } from '../base/environment.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { WarningListener } from '../catalog/metadata-versions.ts'
import type { ParquetCodec } from '../formats/parquet/codec.ts'
import { wasmCodec } from '../formats/parquet/wasm-codec.ts'
import type { ObjectStore } from '../io/object-store.ts'
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
  readonly codec?: ParquetCodec
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
    onWarning: (message, context) => onEvent({ kind: 'warning', message, context }),
  })
  return {
    store,
    catalog,
    environment,
    onEvent,
    codec: options.codec ?? wasmCodec(),
    cache: createManifestCache(),
  }
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
