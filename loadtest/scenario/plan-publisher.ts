import { isAbsolute, join } from 'node:path'
import { validateNow } from '../../topics/contract/standard-schema.ts'
import { carriedSchema } from '../../topics/cost/message-bytes.ts'
import type { TopicContract } from '../../topics/contract/contract.ts'
import { seeded } from '../engine/seeded.ts'
import { PayloadError, payloadValues } from '../payload/values.ts'
import type { Arrivals, Publisher } from '../plan.ts'
import { ArrivalsFileError, type FileArrivals, fileArrivals } from './arrivals-file.ts'
import type { Making } from './making.ts'
import { planRequest } from './plan-request.ts'
import type { Path } from './problems.ts'
import type { ScenarioPhase, ScenarioPublisher } from './schema.ts'

/** Different payloads a publisher has; they are sent in turn. */
const payloadsPerPublisher = 64

/** AWS drops what one connection publishes beyond so many a second. docs/aws-iot-core.md §3. */
const publishesPerConnection = 100

/** A publisher of the plan; undefined when something is wrong with it, which is told. */
export function planPublisher(
  written: ScenarioPublisher,
  path: Path,
  phase: ScenarioPhase,
  making: Making,
): Publisher | undefined {
  const { via } = written
  const when = arrivalsOf(written, path, phase, making)
  if (via === 'http') {
    if (written.request === undefined) {
      making.problem(path, 'a publisher over HTTP says what it sends; give `request: POST /donations`')
      return undefined
    }
    const request = planRequest({ ...written, request: written.request }, path, making, {
      phase: phase.name,
      ...(when.rows ? { rows: when.rows } : {}),
    })
    return { name: written.name ?? written.request, arrivals: when.arrivals, via, request }
  }
  if (written.topic === undefined) {
    making.problem(
      path,
      `a publisher ${via === 'mqtt' ? 'over MQTT' : 'by the data plane'} needs a topic; give \`topic: …\``,
    )
    return undefined
  }
  const found = making.topic(written.topic, [...path, 'topic'])
  if (!found) return undefined
  const { authentication, dataPlaneUrl } = making.target
  if (via === 'data-plane' && dataPlaneUrl === undefined)
    making.problem(
      [...path, 'via'],
      'the target has no data plane; give --data-plane URL and --sigv4, or publish over http',
    )
  if (via === 'mqtt' && found.contract.kind !== 'signal' && authentication.kind === 'session')
    making.problem(
      [...path, 'via'],
      `a visitor's session may publish signals only, and ${found.contract.topic} is a ${found.contract.kind}; publish by data-plane or http, or connect with --authorizer or --sigv4`,
    )
  const peak =
    'offsetsMs' in when.arrivals ? 0 : Math.max(when.arrivals.fromPerSecond, when.arrivals.toPerSecond)
  return {
    name: written.name ?? `${via} ${found.topic.topic}`,
    arrivals: when.arrivals,
    via,
    topic: found.topic,
    values: valuesOf(written, found.contract, path, making),
    qos: written.qos,
    connections: written.connections ?? Math.max(1, Math.ceil(peak / publishesPerConnection)),
  }
}

function arrivalsOf(
  { rate, spacing, arrivals }: ScenarioPublisher,
  path: Path,
  phase: ScenarioPhase,
  { folder, problem }: Making,
): { readonly arrivals: Arrivals; readonly rows?: FileArrivals['rows'] } {
  const nothing = { arrivals: { offsetsMs: [] } }
  if ((rate === undefined) === (arrivals === undefined)) {
    problem(path, 'says when it sends either by `rate` or by `arrivals`; give one of them')
    return nothing
  }
  if (rate !== undefined) {
    const [from, to] = typeof rate === 'number' ? [rate, rate] : [rate.from, rate.to]
    return { arrivals: { fromPerSecond: from, toPerSecond: to, spacing } }
  }
  if (arrivals === undefined) return nothing
  const { file, at, busiest, within, skip } = arrivals
  try {
    const made = fileArrivals({
      path: isAbsolute(file) ? file : join(folder, file),
      at,
      busiest,
      within,
      skip,
      durationMs: phase.duration,
    })
    if (made.offsetsMs.length === 0)
      problem([...path, 'arrivals'], 'none falls into this phase; make `skip` smaller or the phase longer')
    return { arrivals: { offsetsMs: made.offsetsMs }, rows: made.rows }
  } catch (error) {
    if (!(error instanceof ArrivalsFileError)) throw error
    problem([...path, 'arrivals', 'file'], error.message)
    return nothing
  }
}

function valuesOf(
  { values, name = '' }: ScenarioPublisher,
  contract: TopicContract,
  path: Path,
  { problem, scenario }: Making,
): readonly unknown[] {
  if (values === undefined) {
    try {
      return payloadValues(
        contract,
        payloadsPerPublisher,
        seeded(scenario.seed, `payload ${contract.topic} ${name}`),
      )
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      problem(path, error.message)
      return []
    }
  }
  if (values.length === 0) problem([...path, 'values'], 'is empty; give a value, or leave `values` out')
  for (const [index, value] of values.entries()) {
    const [issue] = validateNow(carriedSchema(contract), value).issues ?? []
    if (issue)
      problem(
        [...path, 'values', index],
        `does not fit ${contract.topic} (${issue.message}); mend it, or leave \`values\` out`,
      )
  }
  return values
}
