/** aedes over WebSocket, where it is installed; what of it is used is named here, since its types may be missing. */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createWebSocketStream, WebSocketServer } from 'ws'

interface AedesModule {
  readonly Aedes: {
    createBroker(options: object): Promise<{ handle(stream: unknown, request: unknown): void }>
  }
}

const [port = '0', folder = '.'] = process.argv.slice(2)
const path = createRequire(join(folder, 'package.json')).resolve('aedes')
const { Aedes } = (await import(path)) as AedesModule
const broker = await Aedes.createBroker({ concurrency: 1000 })
const server = createServer()
const webSockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: () => 'mqtt' })
webSockets.on('connection', (webSocket, request) => {
  const stream = createWebSocketStream(webSocket)
  stream.on('error', () => stream.destroy())
  broker.handle(stream, request)
})
server.listen(Number(port), '127.0.0.1', () => process.stdout.write(`${port}\n`))
process.on('SIGUSR2', () => globalThis.gc?.())
