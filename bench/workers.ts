import type { SideSettings } from './settings.js'

const OWN_THREAD = ', own thread'

/** The same variant, without threads for the codec. */
export function ownThread(variant: string): string {
  return variant + OWN_THREAD
}

/** The variant, whichever threads do its work. */
export function variantOf({ variant }: SideSettings): string {
  return variant.replace(OWN_THREAD, '')
}

/** What a warehouse is opened with. */
export function workersOf({ variant }: SideSettings): { readonly workers?: number } {
  return variant.endsWith(OWN_THREAD) ? { workers: 0 } : {}
}
