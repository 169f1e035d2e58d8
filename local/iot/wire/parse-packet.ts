/**
 * One whole packet, from bytes to an object. Connections share the parsers: each is given whole packets only, so
 * nothing of one connection stays in them.
 *
 * @module
 */
import { type IConnectPacket, type Packet, type Parser, parser } from 'mqtt-packet'

export type ProtocolVersion = 4 | 5

/** Bytes that are no packet of this protocol version. */
export class MalformedPacketError extends Error {
  override readonly name = 'MalformedPacketError'
  readonly code = 'MALFORMED_PACKET'
}

const packetTypes = { connect: 1 } as const

/** The type in a packet's first byte. MQTT 5.0 section 2.1.2. */
export function isConnect(packet: Buffer): boolean {
  return (packet[0] ?? 0) >> 4 === packetTypes.connect
}

/**
 * The packet ID of a PUBACK in its shortest form, which means success in either version, or undefined for any other
 * packet: at QoS 1 it is what comes most, one for each delivery. MQTT 5.0 section 3.4.
 */
export function plainPuback(data: Buffer, start: number, end: number): number | undefined {
  if (end - start !== 4 || data[start] !== 0x40) return undefined
  return ((data[start + 2] ?? 0) << 8) | (data[start + 3] ?? 0)
}

/** Reads a CONNECT. Throws MalformedPacketError. */
export function parseConnect(bytes: Buffer): IConnectPacket {
  // A fresh parser: it keeps the CONNECT's version for what follows, which must not reach other connections.
  const packet = parseWith(reading(parser()), bytes)
  if (packet.cmd !== 'connect')
    throw new MalformedPacketError(`the first packet is ${packet.cmd}, not connect`)
  return packet
}

/** Reads any packet but CONNECT. Throws MalformedPacketError. */
export function parsePacket(bytes: Buffer, version: ProtocolVersion): Packet {
  try {
    return parseWith(shared[version], bytes)
  } catch (error) {
    // What the parser still held of the bad packet goes with it.
    shared[version] = reading(parser({ protocolVersion: version }))
    throw error
  }
}

interface Reading {
  readonly parser: Parser
  packet: Packet | undefined
  error: Error | undefined
}

const shared: Record<ProtocolVersion, Reading> = {
  4: reading(parser({ protocolVersion: 4 })),
  5: reading(parser({ protocolVersion: 5 })),
}

function reading(parser: Parser): Reading {
  const state: Reading = { parser, packet: undefined, error: undefined }
  parser.on('packet', (packet) => {
    state.packet = packet
  })
  parser.on('error', (error: unknown) => {
    state.error = error instanceof Error ? error : new Error(String(error))
  })
  return state
}

function parseWith(state: Reading, bytes: Buffer): Packet {
  Object.assign(state, { packet: undefined, error: undefined })
  try {
    state.parser.parse(bytes)
  } catch (cause) {
    throw new MalformedPacketError('a field ends after its packet', { cause })
  }
  const { packet, error } = state
  if (error) throw new MalformedPacketError(error.message, { cause: error })
  if (!packet) throw new MalformedPacketError('the packet is shorter than its fields')
  return packet
}
