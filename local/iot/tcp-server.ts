/**
 * MQTT over plain TCP, on a port of its own: for tools such as mosquitto_sub. AWS has MQTT over TLS there (8883, and 443
 * with ALPN), with custom authentication in the CONNECT's username. docs/aws-iot-core.md §1.
 *
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net'

export interface TcpServer {
  readonly server: Server
  /** Stops listening. Connections are the broker's to end. */
  close(): Promise<void>
}

/** Makes the server; it does not listen yet. */
export function createTcpServer(onSocket: (socket: Socket) => void): TcpServer {
  const server = createServer({ noDelay: true }, onSocket)
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        if (server.listening) server.close(() => resolve())
        else resolve()
      }),
  }
}
