import type { Packet } from 'mqtt-packet'

/** The reason codes that AWS lists for what a server sends, MQTT 5. docs/aws-iot-core.md §2.7. */
const listed: Readonly<Partial<Record<Packet['cmd'], readonly number[]>>> = {
  connack: [0x00, 0x80, 0x85, 0x86, 0x87, 0x90, 0x97, 0x9b],
  puback: [0x00, 0x80, 0x87, 0x90, 0x91, 0x97],
  suback: [0x00, 0x01, 0x80, 0x87, 0x8f, 0x91, 0x97],
  unsuback: [0x00, 0x80, 0x8f, 0x91],
  disconnect: [0x81, 0x82, 0x87, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x97, 0x98, 0x9b, 0xa1],
}

/** What packets of an MQTT 5 connection say that AWS never does: `SUBACK 0x9e`. */
export function unlistedCodes(packets: readonly Packet[]): string[] {
  return packets.flatMap((packet) => {
    const codes: readonly unknown[] =
      'granted' in packet && packet.granted
        ? packet.granted
        : 'reasonCode' in packet && packet.reasonCode !== undefined
          ? [packet.reasonCode]
          : []
    return codes
      .map(Number)
      .filter((code) => listed[packet.cmd]?.includes(code) === false)
      .map((code) => `${packet.cmd.toUpperCase()} 0x${code.toString(16)}`)
  })
}
