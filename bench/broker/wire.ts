/** The few bytes that a load generator says, built once: it parses no more than it must. */

export type Dialect = 'mqtt4' | 'mqtt5' | 'socket.io'

const topic = 'ticker/ABC'

/** A masked frame whose masking key is 0, so that its payload stands there as it is. RFC 6455 section 5.3. */
export function frame(payload: Buffer, opcode = 2): Buffer {
  const header =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
      : Buffer.from([0x80 | opcode, 0xfe, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([header, Buffer.alloc(4), payload])
}

/** The request that opens a WebSocket. */
export function upgradeRequest(port: number, path: string, dialect: Dialect): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
      `${dialect === 'socket.io' ? '' : 'Sec-WebSocket-Protocol: mqtt\r\n'}\r\n`,
  )
}

/** What a client says after the upgrade, each part after the server's answer to the one before. */
export function greetings(dialect: Dialect, clientId: string, qos: 0 | 1): Buffer[] {
  if (dialect === 'socket.io') return [frame(Buffer.from('40'), 1), frame(Buffer.from('42["sub"]'), 1)]
  const five = dialect === 'mqtt5' ? [0] : []
  const connect = packet(0x10, [
    ...text('MQTT'),
    dialect === 'mqtt5' ? 5 : 4,
    2,
    1200 >> 8,
    1200 & 0xff,
    ...five,
    ...text(clientId),
  ])
  return [frame(connect), frame(packet(0x82, [0, 1, ...five, ...text(topic), qos]))]
}

/** A publish of `payloadBytes`, to be sent as often as one likes; at QoS 1 always under the same packet ID. */
export function publishFrame(dialect: Dialect, payloadBytes: number, qos: 0 | 1): Buffer {
  if (dialect === 'socket.io')
    return frame(Buffer.from(`42["pub",${JSON.stringify('x'.repeat(payloadBytes - 2))}]`), 1)
  return frame(publishPacket(dialect, payloadBytes, qos))
}

/** Bytes of what a subscriber gets for it, without the WebSocket's header, and where its packet ID stands. */
export function delivered(
  dialect: Dialect,
  payloadBytes: number,
  qos: 0 | 1,
): { bytes: number; packetIdAt: number } {
  if (dialect === 'socket.io') return { bytes: '42["tick",]'.length + payloadBytes, packetIdAt: 0 }
  const { length } = publishPacket(dialect, payloadBytes, qos)
  const headerBytes = length - payloadBytes - (dialect === 'mqtt5' ? 1 : 0) - (qos === 1 ? 2 : 0)
  return { bytes: length, packetIdAt: qos === 1 ? headerBytes : 0 }
}

function publishPacket(dialect: Dialect, payloadBytes: number, qos: 0 | 1): Buffer {
  return packet(0x30 | (qos << 1), [
    ...text(topic),
    ...(qos === 1 ? [0, 1] : []),
    ...(dialect === 'mqtt5' ? [0] : []),
    ...Buffer.alloc(payloadBytes, 'x'),
  ])
}

/** Fixed header, remaining length, the rest. MQTT 5.0 section 2.1. */
function packet(first: number, rest: readonly number[]): Buffer {
  const length = rest.length < 128 ? [rest.length] : [(rest.length & 0x7f) | 0x80, rest.length >> 7]
  return Buffer.from([first, ...length, ...rest])
}

function text(value: string): number[] {
  return [value.length >> 8, value.length & 0xff, ...Buffer.from(value)]
}
