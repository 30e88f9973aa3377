// Storage: the interface that tables stand on, and the stores that come with the package.
export type {
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from './io/object-store.ts'
export type { LocalFiles, NewFile } from './io/local-files.ts'
export { createLocalStore } from './io/local-store.ts'
export { createMemoryStore } from './io/memory-store.ts'
export { createMeteredStore } from './io/metered-store.ts'
export type { MeteredStore, StoreUsage } from './io/metered-store.ts'
export { createRelocatingStore } from './io/relocating-store.ts'
export type { Relocation } from './io/relocating-store.ts'
