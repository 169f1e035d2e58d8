/** Socket.IO with a room for the ticker, where it is installed; its types may be missing. */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

interface SocketIo {
  readonly Server: new (
    server: unknown,
    options: object,
  ) => {
    on(event: 'connection', run: (socket: Client) => void): void
    to(room: string): { emit(event: string, data: unknown): void }
  }
}

interface Client {
  on(event: string, run: (data: unknown) => void): void
  join(room: string): void
  emit(event: string): void
}

const [port = '0', folder = '.'] = process.argv.slice(2)
const path = createRequire(join(folder, 'package.json')).resolve('socket.io')
const { default: socketIo } = (await import(path)) as { default: SocketIo }
const server = createServer()
const io = new socketIo.Server(server, {
  transports: ['websocket'],
  pingInterval: 600_000,
  perMessageDeflate: false,
})
io.on('connection', (socket) => {
  socket.on('sub', () => {
    socket.join('ticker')
    socket.emit('ok')
  })
  socket.on('pub', (data) => io.to('ticker').emit('tick', data))
})
server.listen(Number(port), '127.0.0.1', () => process.stdout.write(`${port}\n`))
process.on('SIGUSR2', () => globalThis.gc?.())
