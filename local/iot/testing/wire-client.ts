/** A client that says exactly what a test wants on the wire, and keeps what comes back. */
import { generate, type Packet, parser } from 'mqtt-packet'
import { WebSocket } from 'ws'

export interface WireClient {
  readonly webSocket: WebSocket
  /** Every packet that has come. */
  readonly received: Packet[]
  send(packet: Packet): void
  sendBytes(bytes: Uint8Array): void
  /** The next packet that was not taken yet. Rejects when the connection closes first. */
  next(): Promise<Packet>
  /** The WebSocket's close code. */
  readonly closed: Promise<number>
  close(): Promise<void>
}

/** Opens a WebSocket; no CONNECT is sent. */
export async function openWire(url: string, version: 4 | 5 = 5, subprotocol = 'mqtt'): Promise<WireClient> {
  const webSocket = new WebSocket(url, [subprotocol])
  const received: Packet[] = []
  let taken = 0
  let isClosed = false
  let wake = (): void => {}
  const reading = parser({ protocolVersion: version })
  reading.on('packet', (packet) => {
    received.push(packet)
    wake()
  })
  webSocket.on('message', (data: Buffer) => {
    reading.parse(data)
  })
  const closed = new Promise<number>((resolve) => {
    webSocket.on('close', (code) => {
      isClosed = true
      resolve(code)
      wake()
    })
  })
  await new Promise<void>((resolve, reject) => {
    webSocket.once('open', resolve)
    webSocket.once('error', reject)
  })
  return {
    webSocket,
    received,
    send: (packet) => {
      webSocket.send(generate(packet, { protocolVersion: version }))
    },
    sendBytes: (bytes) => {
      webSocket.send(bytes)
    },
    async next() {
      while (taken >= received.length) {
        if (isClosed) throw new Error('the connection closed before a packet came')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const packet = received[taken]
      taken += 1
      if (!packet) throw new Error('no packet')
      return packet
    },
    closed,
    async close() {
      webSocket.close()
      await closed
    },
  }
}

/** Opens a WebSocket and connects; answers with the client after its CONNACK. */
export async function connectWire(
  url: string,
  version: 4 | 5,
  connect: Partial<Extract<Packet, { cmd: 'connect' }>> = {},
): Promise<WireClient & { readonly connack: Extract<Packet, { cmd: 'connack' }> }> {
  const client = await openWire(url, version)
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    clientId: `wire${version}`,
    clean: true,
    keepalive: 60,
    ...connect,
  })
  const connack = await client.next()
  if (connack.cmd !== 'connack') throw new Error(`expected CONNACK, got ${connack.cmd}`)
  return { ...client, connack }
}
