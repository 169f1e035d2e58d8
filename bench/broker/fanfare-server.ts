/** Our broker as a process of its own: `count`, `enforce` or `policies` (an authorizer, and a policy for each client). */
import { startIotCore } from '../../local/iot/index.ts'
import { benchAuthorizer } from './authorizer.ts'

const [port = '0', mode = 'count'] = process.argv.slice(2)
const iot = await startIotCore({
  port: Number(port),
  quotas: mode === 'enforce' ? 'enforce' : 'count',
  ...(mode === 'policies' ? { authorizers: [benchAuthorizer()] } : { anonymous: true }),
})
process.stdout.write(`${iot.port}\n`)
process.on('SIGUSR2', () => globalThis.gc?.())
