// S3, for those who install `@aws-sdk/client-s3`: a store to bring along, with a client of one's own if need be.
export { createS3Store } from './io/s3-store.ts'
export type { S3StoreOptions } from './io/s3-store.ts'
export type { S3Credentials, S3Options } from './io/s3-options.ts'
