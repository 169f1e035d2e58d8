import type { TopicContract } from '../contract/contract.ts'
import { signalMessage } from '../contract/signal-message.ts'
import { feedMessage, inboxMessage, stateMessage } from '../contract/write-message.ts'
import { parsePattern } from '../contract/pattern.ts'
import { exampleOf } from '../json-schema/example.ts'
import type { JsonSchema } from '../json-schema/json-schema.ts'

const time = '2026-11-21T20:15:00.000Z'

/** A value that a parameter may have. */
export function exampleParameter(parameter: string | undefined): string {
  return parameter === 'campaignId' ? 'telethon' : 'ex4mpl3'
}

/** A message as it stands on the wire, the same one each time. */
export function exampleMessage(contract: TopicContract, schema: JsonSchema): unknown {
  const topic = parsePattern(contract.topic)
    .map(({ literal, parameter }) => literal ?? exampleParameter(parameter))
    .join('/')
  const value = exampleOf(schema)
  const head = {
    topic,
    epoch: '01KAKZ3T5W8Y2Q4R6S7V9X0ABC',
    sequence: 42,
    time,
    unread: 1,
    ...(contract.kind !== 'signal' && contract.pace === 'auto'
      ? { paceMs: contract.paceSeconds * 1000 }
      : {}),
  }
  if (contract.kind === 'state') return stateMessage(contract, head, value)
  if (contract.kind === 'feed') return feedMessage(contract, head, [{ value }])
  if (contract.kind === 'inbox') return inboxMessage(contract, head, [{ value }])
  return signalMessage(contract, { id: '3f2a1b4c5d6e7f80', topic, time }, value)
}
