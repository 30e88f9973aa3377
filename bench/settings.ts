import { join } from 'node:path'

/** What one side is told; it goes from process to process as JSON. */
export interface SideSettings {
  /** A folder of this run, which is removed when it ends. */
  readonly folder: string
  readonly rows: number
  readonly commits: number
  /** Files of the table that is planned. */
  readonly files: number
  /** Snapshots of the table that expires. */
  readonly snapshots: number
  /** Objects among which orphans are looked for. */
  readonly listed: number
  /** Messages of the topic that is streamed. */
  readonly messages: number
  /** Which of a program's variants is asked for. */
  readonly variant: string
}

/** The settings that this process was started with. */
export function sideSettings(): SideSettings {
  // The process that starts a side writes nothing else there.
  return JSON.parse(process.argv[2] ?? '') as SideSettings
}

/** The warehouse that has the table of rides. */
export function ridesFolder({ folder }: SideSettings): string {
  return join(folder, 'rides')
}

/** The file that bare parquet-wasm writes. */
export function bareFile({ folder }: SideSettings): string {
  return join(folder, 'bare.parquet')
}

/** The warehouse that has the flights of the example. */
export function flightsFolder({ folder }: SideSettings): string {
  return join(folder, 'flights')
}
