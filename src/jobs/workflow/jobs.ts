import { suggestion } from '../../base/nearest-name.ts'
import type { Fields, TextItem } from '../yaml/fields.ts'
import type { Companions } from './companions.ts'
import { findCycle } from './dag.ts'
import { readFlareJob } from './flare-job.ts'
import type { Job, JobFrame } from './model.ts'
import { checkedName } from './name.ts'
import { readBody, readStack } from './normalize.ts'
import { readToolboxJob } from './toolbox-job.ts'
import { CLUSTER_SPEC_KEYS, JOB_SPEC, RETRY } from './vocabulary.ts'

/** The jobs of a workflow, their names and dependencies checked against each other; those with faults are left out. */
export function readDag(
  jobs: readonly Fields[],
  workflowId: string,
  companions: Companions,
): readonly Job[] {
  const nodes = jobs.map((fields) => readNode(fields, workflowId, companions))
  checkNames(nodes)
  checkDependencies(nodes)
  return nodes.flatMap((node) => node.job ?? [])
}

/** A job with what is needed to say where its references stand. */
interface Node {
  readonly fields: Fields
  readonly name: string
  readonly dependencies: readonly TextItem[]
  readonly job: Job | null
}

function readNode(fields: Fields, workflowId: string, companions: Companions): Node {
  const name = checkedName(fields, 'name', fields.text('name'))
  const dependencies = fields.textOrTexts('dependencies')
  const spec = fields.requiredMap('spec', JOB_SPEC)
  const retries = readRetries(fields.map('retry', RETRY))
  if (spec === null) return { fields, name, dependencies, job: null }
  noteIgnored(spec)
  const stack = spec.text('stack')
  const frame: JobFrame = {
    id: `${workflowId}/${name}`,
    name,
    title: fields.scalarText('title') ?? spec.scalarText('title'),
    description: fields.scalarText('description') ?? spec.scalarText('description'),
    tags: [...new Set([...textsOf(fields.texts('tags')), ...textsOf(spec.texts('tags'))])],
    stack,
    dependencies: textsOf(dependencies),
    retries,
    place: fields.place,
  }
  return { fields, name, dependencies, job: readBodyOf(spec, frame, companions) }
}

function readBodyOf(spec: Fields, frame: JobFrame, companions: Companions): Job | null {
  const body = readBody(spec, readStack(spec, frame.stack))
  if (body === null) return null
  return body.stack === 'flare'
    ? readFlareJob(frame, body.fields, companions)
    : readToolboxJob(frame, body.fields)
}

function readRetries(retry: Fields | null): number {
  if (retry === null) return 0
  // Within one process a failure is a failure; what the other two tell apart is where a container died.
  retry.word('strategy', ['OnFailure', 'Always'], ['OnError', 'OnTransientError'])
  retry.require('count')
  return retry.count('count') ?? 0
}

function noteIgnored(spec: Fields): void {
  if (spec.optionalText('compute') === null) {
    spec.faults.warn(spec.place, 'compute is missing; it has no effect here')
  }
  const cluster = CLUSTER_SPEC_KEYS.filter((key) => spec.has(key))
  if (cluster.length > 0) {
    spec.faults.warn(spec.place, `there is no cluster to set up: ${cluster.join(', ')}`)
  }
  const names = spec.entries('envs', ({ name, value }) => {
    if (value.kind === 'scalar' && typeof value.value === 'string') return name
    spec.faults.invalid(value.place, 'must be text')
    return null
  })
  if (names.size === 0) return
  const list = [...names.keys()].join(', ')
  spec.faults.warn(spec.placeOf('envs'), `envs have no effect here: ${list}`)
}

function checkNames(nodes: readonly Node[]): void {
  const seen = new Set([''])
  for (const { fields, name } of nodes) {
    if (name !== '' && seen.has(name)) fields.invalid('name', 'another job has this name')
    seen.add(name)
  }
}

function checkDependencies(nodes: readonly Node[]): void {
  const names = new Set(nodes.map((node) => node.name))
  for (const { fields, dependencies } of nodes) {
    for (const { text, place } of dependencies) {
      if (names.has(text)) continue
      fields.faults.invalid(place, `no job is named ${text}${suggestion(text, names)}`)
    }
  }
  const known = nodes.map(({ name, dependencies }) => ({
    name,
    dependencies: textsOf(dependencies).filter((dependency) => names.has(dependency)),
  }))
  const cycle = findCycle(known)
  const first = nodes.find((node) => node.name === cycle?.[0])
  first?.fields.invalid('dependencies', `jobs wait for each other: ${cycle?.join(', ') ?? ''}`)
}

function textsOf(items: readonly TextItem[]): string[] {
  return items.map((item) => item.text)
}
