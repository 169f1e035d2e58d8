/** A client that says exactly what a test wants on the wire, and keeps what comes back. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { generate, type Packet, parser } from 'mqtt-packet'
import { WebSocket } from 'ws'

export interface WireClient {
  /** Every packet that has come. */
  readonly received: Packet[]
  send(packet: Packet): void
  sendBytes(bytes: Uint8Array): void
  /** The next packet that was not taken yet. Rejects when the connection closes first. */
  next(): Promise<Packet>
  /** The WebSocket's close code; 0 on TCP. */
  readonly closed: Promise<number>
  /** A WebSocket is closed as a tab closes it, with a Close frame; TCP with a FIN. */
  close(): Promise<void>
  /** The connection is lost without a goodbye. */
  drop(): void
}

/** A client over a WebSocket, which a test may reach. */
export interface WebSocketWireClient extends WireClient {
  readonly webSocket: WebSocket
}

/** Opens a WebSocket; no CONNECT is sent. */
export async function openWire(
  url: string,
  version: 4 | 5 = 5,
  subprotocol = 'mqtt',
): Promise<WebSocketWireClient> {
  const webSocket = new WebSocket(url, [subprotocol])
  const inbox = new Inbox(version)
  webSocket.on('message', (data: Buffer) => {
    inbox.read(data)
  })
  webSocket.on('close', (code) => {
    inbox.end(code)
  })
  await once(webSocket, 'open')
  return {
    ...inbox.client((bytes) => {
      webSocket.send(bytes)
    }),
    webSocket,
    async close() {
      webSocket.close()
      await inbox.closed
    },
    drop: () => {
      webSocket.terminate()
    },
  }
}

/** Opens a TCP connection; no CONNECT is sent. */
export async function openTcpWire(port: number, version: 4 | 5 = 5, host = '127.0.0.1'): Promise<WireClient> {
  const socket: Socket = createConnection({ port, host, noDelay: true })
  const inbox = new Inbox(version)
  socket.on('data', (data) => {
    inbox.read(data)
  })
  socket.on('close', () => {
    inbox.end(0)
  })
  await once(socket, 'connect')
  // A reset by the broker is one way in which a test's connection may end; 'close' follows.
  socket.on('error', () => {})
  return {
    ...inbox.client((bytes) => {
      socket.write(bytes)
    }),
    async close() {
      socket.end()
      await inbox.closed
    },
    drop: () => {
      socket.destroy()
    },
  }
}

/** Opens a WebSocket and connects; answers with the client after its CONNACK. */
export async function connectWire(
  url: string,
  version: 4 | 5,
  connect: Partial<Extract<Packet, { cmd: 'connect' }>> = {},
): Promise<WebSocketWireClient & { readonly connack: Extract<Packet, { cmd: 'connack' }> }> {
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

/** Packets as they come, for one reader. */
class Inbox {
  readonly #version: 4 | 5
  readonly #parser
  readonly #received: Packet[] = []
  readonly closed: Promise<number>
  #taken = 0
  #isClosed = false
  #wake = (): void => {}
  #resolveClosed: (code: number) => void = () => {}

  constructor(version: 4 | 5) {
    this.#version = version
    this.#parser = parser({ protocolVersion: version })
    this.#parser.on('packet', (packet) => {
      this.#received.push(packet)
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  read(data: Buffer | string): void {
    this.#parser.parse(Buffer.from(data))
  }

  end(code: number): void {
    this.#isClosed = true
    this.#resolveClosed(code)
    this.#wake()
  }

  client(write: (bytes: Uint8Array) => void): Omit<WireClient, 'close' | 'drop'> {
    return {
      received: this.#received,
      send: (packet) => {
        write(generate(packet, { protocolVersion: this.#version }))
      },
      sendBytes: write,
      next: () => this.#next(),
      closed: this.closed,
    }
  }

  async #next(): Promise<Packet> {
    while (this.#taken >= this.#received.length) {
      if (this.#isClosed) throw new Error('the connection closed before a packet came')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const packet = this.#received[this.#taken]
    this.#taken += 1
    if (!packet) throw new Error('no packet')
    return packet
  }
}
