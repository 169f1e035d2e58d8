/** Packets with their bytes, each byte named. Checked both ways: by our codec and by mqtt-packet. */

const bytes = (...parts: (number | string)[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part)))),
  )

/** What a client sends. */
export const outgoing = {
  connect: bytes(
    0x10, // CONNECT
    0x10, // 16 bytes follow
    0,
    4,
    'MQTT',
    5, // protocol version
    0x02, // clean start, nothing else
    0,
    60, // keep-alive, seconds
    0, // no properties
    0,
    3,
    'v-0', // client ID
  ),
  subscribe: bytes(
    0x82, // SUBSCRIBE, with its reserved bits 0010
    0x0d,
    0,
    10, // packet ID
    0, // no properties
    0,
    3,
    'a/b',
    0, // QoS 0
    0,
    1,
    'c',
    0,
  ),
  unsubscribe: bytes(0xa2, 0x08, 0, 11, 0, 0, 3, 'a/b'),
  publish: bytes(0x32, 0x08, 0, 1, 'a', 0, 12, 0, 'hi'), // QoS 1, packet ID, no properties
  request: bytes(
    0x32,
    0x14,
    0,
    1,
    'a',
    0,
    13, // packet ID
    0x0d, // 13 bytes of properties
    0x08,
    0,
    5,
    'r/v-0', // response topic
    0x09,
    0,
    2,
    1,
    2, // correlation data
    'h',
  ),
  puback: bytes(0x40, 0x02, 0, 7), // short form: reason code 0
  pingreq: bytes(0xc0, 0),
  disconnect: bytes(0xe0, 0x01, 0x81), // malformed packet
}

/** What a broker sends. */
export const incoming = {
  connack: bytes(
    0x20, // CONNACK
    0x10,
    0, // no session present
    0, // success
    0x0d, // 13 bytes of properties
    0x13,
    0,
    30, // server keep-alive
    0x26,
    0,
    1,
    'k',
    0,
    2,
    'vv', // a user property, passed over
    0x24,
    1, // maximum QoS 1
  ),
  refusal: bytes(0x20, 0x09, 0, 0x87, 0x06, 0x1f, 0, 3, 'not'), // reason string
  publish: bytes(
    0x31, // PUBLISH, QoS 0, RETAIN
    0x0c,
    0,
    3,
    'a/b',
    0x03, // 3 bytes of properties
    0x23,
    0,
    1, // topic alias
    'hey',
  ),
  publishQos1: bytes(0x32, 0x08, 0, 1, 'a', 0, 9, 0, 'hi'),
  suback: bytes(0x90, 0x05, 0, 10, 0, 0x00, 0x87), // granted, not authorized
  unsuback: bytes(0xb0, 0x04, 0, 11, 0, 0x00),
  puback: bytes(0x40, 0x02, 0, 12), // short form: reason code 0
  pubackDenied: bytes(0x40, 0x04, 0, 13, 0x87, 0), // not authorized, no properties
  pingresp: bytes(0xd0, 0),
  disconnect: bytes(0xe0, 0x02, 0x8e, 0), // session taken over
  normalDisconnect: bytes(0xe0, 0), // reason code left out: 0
}
