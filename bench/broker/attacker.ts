/** A hostile client, a process of its own, which goes on until it is ended: `attacker.ts PORT KIND`. */
import { connect, type Socket } from 'node:net'
import { attackKinds, type AttackKind } from './attacks.ts'
import { greetings, upgradeRequest } from './wire.ts'

const [portText = '', kindText = ''] = process.argv.slice(2)
const port = Number(portText)
const kind: AttackKind = attackKinds.find((one) => one === kindText) ?? 'oversize frames'
const upgrade = upgradeRequest(port, '/mqtt', 'mqtt4')
const [connectPacket = Buffer.alloc(0)] = greetings('mqtt4', 'everybody', 0)

/** What is said on a new connection, and after the server's first answer; and how many connections there are at once. */
const attacks: Readonly<
  Record<AttackKind, { readonly first: Buffer; readonly next?: Buffer; readonly connections: number }>
> = {
  'half-open upgrades': { first: upgrade.subarray(0, 40), connections: 2000 },
  'connections without a CONNECT': { first: upgrade, connections: 10_000 },
  // 2^40 bytes, told by the header.
  'oversize frames': {
    first: upgrade,
    next: Buffer.from([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    connections: 20,
  },
  'CONNECTs under one client ID': { first: upgrade, next: connectPacket, connections: 20 },
}

const { first, next, connections } = attacks[kind]
/** Handshakes at the same time. */
const window = 20
let open = 0

/** One connection; when it ends, the next. */
function attack(): void {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let answered = false
  const goOn = (): void => {
    if (answered) return
    answered = true
    if (open < connections - window) attack()
  }
  open += 1
  socket.on('connect', () => {
    socket.write(first)
    if (kind === 'half-open upgrades') goOn()
  })
  socket.on('data', () => {
    if (next && !answered) socket.write(next)
    goOn()
  })
  // That it is cut off is what it is here for.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    open -= 1
    // A pause, so that the attack takes the server's time and not all of its own CPU.
    setTimeout(attack, 5)
  })
}
for (let index = 0; index < window; index += 1) attack()
