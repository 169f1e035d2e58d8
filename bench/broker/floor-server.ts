/**
 * The least that Node can do: no broker, one prebuilt frame written to every socket. It answers a client's first frame
 * with a CONNACK and its second with a SUBACK, and hands any larger one on as it is.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

const sockets = new Set<Socket>()
const connack = Buffer.from([0x82, 4, 0x20, 2, 0, 0])
const suback = Buffer.from([0x82, 5, 0x90, 3, 0, 1, 0])
const controlBytes = 60

const server = createServer()
server.on('upgrade', (request, stream) => {
  const socket = stream as Socket
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  let heard = 0
  let pending = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
    for (;;) {
      const length = (pending[1] ?? 0) & 0x7f
      const frameBytes =
        length < 126 ? 6 + length : 8 + (pending.length >= 4 ? pending.readUInt16BE(2) : 65_536)
      if (pending.length < 2 || pending.length < frameBytes) return
      hear(pending.subarray(0, frameBytes))
      pending = pending.subarray(frameBytes)
    }
  })

  function hear(frame: Buffer): void {
    heard += 1
    if (frame.length > controlBytes) {
      // The masking key is 0, so that the payload only loses it.
      const message = Buffer.concat([Buffer.from([0x82, 0x7e]), frame.subarray(2, 4), frame.subarray(8)])
      for (const receiver of sockets) receiver.write(message)
    } else if (heard === 1) socket.write(connack)
    else {
      socket.write(suback)
      sockets.add(socket)
    }
  }
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
process.on('SIGUSR2', () => globalThis.gc?.())
