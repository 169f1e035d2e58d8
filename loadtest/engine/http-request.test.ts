import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { reasonText } from '../reason-text.ts'
import { sendRequest } from './http-request.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function answering(answer: RequestListener): Promise<URL> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

/** A server that says these bytes to whoever comes. */
async function saying(say: (socket: Socket) => void): Promise<URL> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', () => say(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

it.each([
  [4 * 1024 * 1024, '200'],
  [4 * 1024 * 1024 + 1, 'more than 4 MB'],
])('of an answer 4 MB are read: %i bytes give %s', async (bytes, said) => {
  const url = await answering((_, response) => response.end(Buffer.alloc(bytes, 'a')))
  const answer = await sendRequest({ url, method: 'GET' })
  expect(answer.said).toBe(said)
  expect(answer.body).toHaveLength(said === '200' ? bytes : 0)
})

it('an answer without an end is not read to it', async () => {
  const url = await answering((_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    }
    response.on('drain', more)
    more()
  })
  expect(await sendRequest({ url, method: 'GET' })).toEqual({ status: 0, said: 'more than 4 MB', body: '' })
})

it('a drop a moment is no answer when the time is over', async () => {
  const url = await saying((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
    const drops = setInterval(() => socket.write('a'), 20)
    socket.on('close', () => clearInterval(drops))
  })
  expect((await sendRequest({ url, method: 'GET', withinMs: 200 })).said).toBe('no answer')
})

it.each([
  ['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 'another protocol'],
  ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'ECONNRESET'],
  ['', 'ECONNRESET'],
  ['no HTTP at all\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
])('%j is no whole answer', async (bytes, said) => {
  const url = await saying((socket) => socket.end(bytes))
  expect(await sendRequest({ url, method: 'POST', withinMs: 3000 })).toEqual({ status: 0, said, body: '' })
})

it('a redirect is an answer, and is not followed', async () => {
  let asked = 0
  const url = await answering((request, response) => {
    asked += 1
    response.writeHead(307, { location: `http://${request.headers.host}/again` }).end()
  })
  expect((await sendRequest({ url, method: 'POST' })).said).toBe('307')
  expect(asked).toBe(1)
})

it.each([
  ['{"message":"Too Many Requests"}', /^429 Too Many Requests \(the throttle of the API, for all addresses/],
  [
    '{"status":429,"type":"urn:fanfare:problem:too-many-sessions"}',
    /^429 too-many-sessions \(more sessions than one address or/,
  ],
  ['{"type":"urn:fanfare:problem:<script>"}', /^429 \(too many; it does not say of whom\)$/],
  ['null', /^429 \(too many; it does not say of whom\)$/],
  ['', /^429 \(too many; it does not say of whom\)$/],
])('429 with %s says who refused', async (body, text) => {
  const url = await answering((_, response) => response.writeHead(429).end(body))
  const { said } = await sendRequest({ url, method: 'POST' })
  expect(reasonText(said)).toMatch(text)
  expect(reasonText(`session ${said}`)).toContain(`(${reasonText(said).split('(')[1]}`)
  expect(reasonText(`HTTP ${said}`)).toContain(`(${reasonText(said).split('(')[1]}`)
})
