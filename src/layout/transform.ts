/** A partition or sort transform (spec: Partition Transforms). One we do not know keeps its name and is opaque. */
export type Transform =
  | { readonly kind: 'identity' }
  | { readonly kind: 'void' }
  | { readonly kind: 'year' | 'month' | 'day' | 'hour' }
  | { readonly kind: 'unknown'; readonly name: string }
