/**
 * The MQTT 5 properties that a publish or a Will may carry, checked: the parser gives a list where a property came
 * twice and null where it was cut short, both malformed (MQTT 5.0 section 2.2.2.2). Pure.
 *
 * @module
 */
import type { IPublishPacket } from 'mqtt-packet'
import type { MessageProperties } from '../message.ts'
import { MalformedPacketError } from './parse-packet.ts'

type PacketProperties = NonNullable<IPublishPacket['properties']>

/** What the broker passes on. Throws MalformedPacketError. */
export function readMessageProperties(properties: PacketProperties | undefined): MessageProperties {
  if (!properties) return {}
  const { payloadFormatIndicator, contentType, responseTopic, correlationData, userProperties } = properties
  wants('payloadFormatIndicator', 'boolean', payloadFormatIndicator)
  wants('contentType', 'string', contentType)
  wants('responseTopic', 'string', responseTopic)
  if (correlationData !== undefined && !Buffer.isBuffer(correlationData)) malformed('correlationData')
  for (const values of Object.values(userProperties ?? {}))
    for (const value of Array.isArray(values) ? values : [values])
      if (typeof value !== 'string') malformed('userProperties')
  return {
    ...(payloadFormatIndicator === undefined ? {} : { payloadFormatIndicator }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }),
    ...(userProperties === undefined ? {} : { userProperties }),
  }
}

/** A number that is there at most once. Throws MalformedPacketError. */
export function readNumberProperty(name: string, value: unknown): number | undefined {
  wants(name, 'number', value)
  return value as number | undefined
}

function wants(name: string, type: 'boolean' | 'string' | 'number', value: unknown): void {
  if (value !== undefined && (typeof value !== type || value === -1)) malformed(name)
}

function malformed(name: string): never {
  throw new MalformedPacketError(`the property ${name} is there twice, or cut short`)
}
