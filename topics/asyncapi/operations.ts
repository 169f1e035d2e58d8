/**
 * What the service does on a contract's channel, with MQTT bindings.
 *
 * @module
 */
import type { LocatedContract } from '../check/located-contract.ts'

/** MQTT bindings of operations and messages. https://github.com/asyncapi/bindings/tree/v3.0.0/mqtt */
export const bindingVersion = '0.2.0'

/** What subscribers hear: `send`, as AsyncAPI sees it from the service. */
export function sending({ name, contract, description }: LocatedContract): unknown {
  const recorded = contract.kind !== 'signal'
  const isInbox = contract.kind === 'inbox'
  return {
    action: 'send',
    channel: { $ref: `#/channels/${name}` },
    title: recorded
      ? `What a subscriber hears of ${contract.topic}`
      : `What clients said on ${contract.topic}`,
    summary: description,
    messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    security: [{ $ref: '#/components/securitySchemes/session' }],
    bindings: {
      mqtt: { qos: isInbox ? 1 : 0, retain: recorded && !isInbox, bindingVersion },
    },
  }
}

/** What clients publish, with the reply of a request. */
export function receiving({ name, contract }: LocatedContract): unknown {
  const replies = contract.kind === 'signal' && contract.reply !== undefined
  return {
    action: 'receive',
    channel: { $ref: `#/channels/${name}` },
    title: `What clients publish on ${contract.topic}`,
    messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    security: [{ $ref: '#/components/securitySchemes/session' }],
    bindings: { mqtt: { qos: 0, retain: false, bindingVersion } },
    ...(replies
      ? {
          reply: {
            // MQTT 5's response topic, with the request's correlation data.
            address: { location: '$message.header#/responseTopic' },
            channel: { $ref: '#/channels/replies' },
            messages: [{ $ref: `#/channels/replies/messages/${name}Reply` }],
          },
        }
      : {}),
  }
}
