import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { selfSigned } from './self-signed.ts'

/** TLS before a broker that has none, for clients that want it. */
export interface TlsDoor {
  readonly port: number
  /** PEM of the authority to trust. */
  readonly certificate: string
  close(): Promise<void>
}

/** Opens one to a port of this machine, at localhost. */
export async function openTlsDoor(toPort: number): Promise<TlsDoor> {
  const { certificate, privateKey } = selfSigned()
  const server = createServer({ cert: certificate, key: privateKey }, (outside) => {
    const inside = connect(toPort, '127.0.0.1')
    outside.pipe(inside).pipe(outside)
    // Whichever side goes takes the other with it; what it says of it is the test's to see at its own end.
    outside.on('error', () => inside.destroy()).on('close', () => inside.destroy())
    inside.on('error', () => outside.destroy()).on('close', () => outside.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
