import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { Connection } from './connection.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const binary = (...bytes: number[]): Buffer => Buffer.from([0x82, bytes.length, ...bytes])
const connack = binary(0x20, 3, 0, 0, 0)
const refusal = binary(0x20, 3, 0, 0x87, 0)
const closeFrame = Buffer.from([0x88, 2, 0x03, 0xe8])

/** All that a connection tells of a broker that says these bytes after the upgrade, in one piece, and then nothing. */
async function toldOf(bytes: Uint8Array): Promise<string[]> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', () =>
      socket.write(Buffer.concat([Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n'), bytes])),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const told: string[] = []
  await new Promise<void>((resolve) => {
    const end = (what: string): void => {
      told.push(what)
      // What else is in the same read has been told when this runs.
      setImmediate(resolve)
    }
    const endpoint = {
      secure: false,
      host: '127.0.0.1',
      address: '127.0.0.1',
      port,
      path: '/',
      clientId: 'a',
    }
    void new Connection(endpoint, {
      onOpen: () => told.push('open'),
      onRefused: (reason) => end(`refused: ${reason}`),
      onEnd: (reason) => end(`ended: ${reason}`),
      onMessage: () => told.push('message'),
      onAnswer: (type) => told.push(`answer ${type}`),
    })
  })
  return told
}

it.each([
  ['accepts twice', [connack, connack], ['open', 'ended: a second CONNACK']],
  ['accepts after it refused', [refusal, connack], ['refused: CONNACK 0x87']],
  ['accepts after it closed', [closeFrame, connack], ['refused: close 1000']],
  ['closes at once', [closeFrame], ['refused: close 1000']],
  ['closes after it accepted', [connack, closeFrame], ['open', 'ended: close 1000']],
  ['accepts in no byte', [binary(0x20, 0)], ['refused: a CONNACK of less than two bytes']],
  ['answers before it accepts', [binary(0x90, 4, 0, 1, 0, 0), refusal], ['refused: CONNACK 0x87']],
  [
    'pings with more than a control frame holds',
    [connack, Buffer.from([0x89, 126, 0, 200]), Buffer.alloc(200)],
    ['open', 'ended: a control frame of 200 bytes; at most 125 fit'],
  ],
  [
    'announces a frame of 2^62 bytes',
    [connack, Buffer.from([0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0])],
    ['open', expect.stringMatching(/^ended: a frame of \d+ bytes/) as string],
  ],
  [
    'announces a packet of 256 MB',
    [connack, binary(0x30, 0xff, 0xff, 0xff, 0x7f)],
    ['open', 'ended: a packet of 268435455 bytes'],
  ],
])('a broker that %s is heard in order, and to its end', async (_, bytes, told) => {
  expect(await toldOf(Buffer.concat(bytes))).toEqual(told)
})
