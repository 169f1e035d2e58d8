import fc from 'fast-check'
import { generate, type IConnectPacket } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { checkLayout, protocolLevel } from './connect-layout.ts'

const text = fc.string({ maxLength: 300 })
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))

/** CONNECTs that a client may send. */
const connects = fc
  .record({
    protocolVersion: fc.constantFrom(4 as const, 5 as const),
    clientId: text,
    username: fc.option(
      text.filter((name) => name !== ''),
      { nil: undefined },
    ),
    password: fc.option(bytes, { nil: undefined }),
    keepalive: fc.nat(65_535),
    will: fc.option(fc.record({ topic: text.filter((topic) => topic !== ''), payload: bytes }), {
      nil: undefined,
    }),
    contentType: fc.option(text, { nil: undefined }),
  })
  .map(({ username, password, will, contentType, ...rest }): IConnectPacket => {
    const five = rest.protocolVersion === 5
    return {
      cmd: 'connect',
      protocolId: 'MQTT',
      clean: true,
      ...rest,
      ...(username === undefined ? {} : { username }),
      ...(password && username !== undefined ? { password } : {}),
      ...(five ? { properties: { sessionExpiryInterval: 5, userProperties: { a: 'b' } } } : {}),
      ...(will
        ? {
            will: {
              ...will,
              qos: 1,
              retain: true,
              ...(five && contentType ? { properties: { contentType } } : {}),
            },
          }
        : {}),
    }
  })

test('every CONNECT ends with its last field; one byte more or less is malformed', () => {
  fc.assert(
    fc.property(connects, (connect) => {
      const packet = generate(connect, { protocolVersion: connect.protocolVersion ?? 4 })
      expect(protocolLevel(packet)).toBe(connect.protocolVersion)
      expect(() => checkLayout(packet)).not.toThrow()
      expect(() => checkLayout(Buffer.concat([packet, Buffer.from([0])]))).toThrow(/1 bytes follow/)
      expect(() => checkLayout(packet.subarray(0, -1))).toThrow(/ends after its packet/)
    }),
  )
})
