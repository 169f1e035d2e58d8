import { messageContentType } from '../../topics/contract/message.ts'
import { addUnits, noUnits, publishingUnits, unitsOfBytes, type Units } from '../../topics/cost/units.ts'
import type { LoadOutcome, TopicFigures } from '../outcome.ts'
import { type Bill, billOf } from './bill.ts'

/** The bill of a run: by the local broker's meter where it told, otherwise from what was sent and received. */
export function runBill(outcome: LoadOutcome): Bill {
  const minutes = connectionMinutes(outcome)
  const { region } = outcome.plan.target
  return outcome.target
    ? billOf(region, metered(outcome.target.units), minutes, 'metered')
    : billOf(region, counted(outcome), minutes, 'counted')
}

/** Minutes that connections were open, all together, from the run's samples of each second. */
export function connectionMinutes({ series }: LoadOutcome): number {
  let minutes = 0
  let from = 0
  for (const { atMs, connections } of series) {
    minutes += (connections * (atMs - from)) / 60_000
    from = atMs
  }
  return minutes
}

/** Bytes of one of the topic's messages as AWS meters them: name, content type and payload. */
export function meteredBytes({ topic, bytes, delivered }: TopicFigures): number {
  if (delivered === 0) return 0
  return bytes / delivered + Buffer.byteLength(topic.topic) + messageContentType.length
}

/** A meter's counts by kind; a kind that it does not have was not used. */
function metered(units: Readonly<Record<string, number>>): Units {
  const of = (kind: keyof Units): number => units[kind] ?? 0
  return {
    connect: of('connect'),
    subscribe: of('subscribe'),
    publishIn: of('publishIn'),
    publishOut: of('publishOut'),
    puback: of('puback'),
    retainedStore: of('retainedStore'),
  }
}

function counted({ total }: LoadOutcome): Units {
  const connections = {
    ...noUnits,
    connect: total.connections.connected,
    subscribe: total.connections.subscribed,
  }
  return addUnits(
    connections,
    ...total.topics.map((figures) => {
      const bytes = meteredBytes(figures)
      const published = publishingUnits({
        messages: figures.published,
        bytes,
        receivers: 0,
        qos: 0,
        retained: figures.topic.kind !== 'signal',
      })
      // A joiner's value is a retained message more.
      const received = figures.delivered + figures.duplicated + figures.repeated + figures.currentValue.count
      return { ...published, publishOut: received * unitsOfBytes(bytes) }
    }),
  )
}
