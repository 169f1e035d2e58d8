/**
 * Plain TCP as the broker sees it: MQTT without WebSocket, for tools on this machine. A connection that ends without a
 * DISCONNECT is lost, and its Will is sent. docs/aws-iot-core.md §1, §2.6.
 *
 * @module
 */
import { SocketTransport } from './socket-transport.ts'
import type { TransportEvents } from './transport.ts'

export class TcpTransport extends SocketTransport {
  readonly kind = 'tcp'

  /** Starts telling what comes. */
  listen(events: TransportEvents): void {
    this.socket.on('data', (bytes: Buffer) => {
      if (!this.closing) events.onBytes(bytes)
    })
    this.socket.on('error', () => {
      // A reset or the like; 'close' follows.
    })
    this.socket.on('close', () => {
      events.onEnd(false)
    })
  }

  protected override sayGoodbye(): void {
    this.socket.end()
  }
}
