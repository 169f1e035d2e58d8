/**
 * A TCP proxy that takes its time, because Chromium's own throttling leaves WebSockets alone: every byte arrives half a
 * round trip later, and the first of a connection a whole one more, for the handshake that loopback does not have.
 *
 * @module
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A line that takes its time. */
export interface SlowLine extends AsyncDisposable {
  readonly port: number
  /** Connections since the last call. */
  connections(): number
}

/** A line to this port of this machine; `roundTripMs` there and back. */
export async function slowLine(toPort: number, roundTripMs: number): Promise<SlowLine> {
  let opened = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(toPort, 'localhost')
    const readyAt = Date.now() + roundTripMs
    let used = false
    carry(near, far, () => {
      // A connection that a browser opens in advance and never uses is none.
      if (!used) opened++
      used = true
      return Math.max(0, readyAt - Date.now()) + roundTripMs / 2
    })
    carry(far, near, () => roundTripMs / 2)
  })

  function carry(from: Socket, to: Socket, delayMs: () => number): void {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (data: Buffer) => {
      setTimeout(() => {
        if (!to.destroyed) to.write(data)
      }, delayMs())
    })
    from.on('close', () => {
      sockets.delete(from)
      to.destroySoon()
    })
    // `close` follows.
    from.on('error', () => {})
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections() {
      const count = opened
      opened = 0
      return count
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
