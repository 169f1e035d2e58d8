/**
 * A local AWS IoT Core: a broker and its data plane on one port.
 *
 * @module
 */
import type { Server } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import type { AwsService } from '../aws.ts'
import { acceptConnection } from './accept-connection.ts'
import { readUpgrade } from './auth/credentials.ts'
import { createDoor } from './auth/door.ts'
import type { Broker } from './broker.ts'
import { createBroker } from './create-broker.ts'
import { disconnectByApi } from './data-plane/connections.ts'
import { createDataPlane } from './data-plane/data-plane.ts'
import type { RecentDenial } from './denials.ts'
import { endConnection } from './end-connection.ts'
import type { LifecycleListener } from './lifecycle.ts'
import { messageProblem, newMessage, type NewMessage } from './message.ts'
import { resetMeter } from './meter.ts'
import type { IotCoreOptions } from './options.ts'
import { answerPage, pagePath } from './page/answer-page.ts'
import type { Explanation, IotAction } from './policy/permissions.ts'
import { publish } from './publish.ts'
import { reason } from './reason-codes.ts'
import { createIotServer } from './server.ts'
import type { RuleStats } from './rules/rules-engine.ts'
import { clientsOf, type ConnectionStats, connectionStatsOf, type IotStats, statsOf } from './stats.ts'
import { startSweeping } from './sweep.ts'
import { createTcpServer } from './tcp-server.ts'
import { publishedTopicProblem } from './topics/topic-name.ts'
import { TcpTransport } from './wire/tcp-transport.ts'
import { TurnWriter } from './wire/turn-writer.ts'
import { WebSocketTransport } from './wire/websocket-transport.ts'

export interface IotCore {
  readonly port: number
  /** Where plain MQTT is spoken, if it is. */
  readonly tcpPort: number | undefined
  /** `ws://localhost:PORT/mqtt` */
  readonly url: string
  /** The data plane for callers in this process, whose signatures are not verified; the port serves the same to who signs. */
  readonly dataPlane: AwsService
  /** Publishes as the data plane does, quotas and faults included. Throws RangeError for what the data plane would refuse. */
  publish(topic: string, payload: Uint8Array, options?: Omit<NewMessage, 'topic' | 'payload'>): void
  stats(): IotStats
  connections(): ConnectionStats[]
  /** Sets the metered units to 0, the connections' too. */
  resetMeter(): void
  /** Disconnects a client as DeleteConnection does; it may come back. Answers whether it was connected. */
  kick(clientId: string): boolean
  /** What each rule did. */
  rules(): RuleStats[]
  /** Resolves when no action of a rule is under way, retries included. */
  rulesIdle(): Promise<void>
  /** The refusals of late, the newest first. */
  denials(): RecentDenial[]
  /** What a connected client's policy says to a question, statement by statement; undefined when it is not connected. */
  explain(clientId: string, action: IotAction, name: string): Explanation | undefined
  /** Calls the listener with each lifecycle event; the answer stops it. */
  onLifecycle(listener: LifecycleListener): () => void
  /** Disconnects everybody (MQTT 5: 0x8B), frees the port, closes the file. Once: called again, it answers the same. */
  close(): Promise<void>
}

/** A port that could not be had. */
export class IotCoreStartError extends Error {
  override readonly name = 'IotCoreStartError'
  readonly code = 'PORT_UNAVAILABLE'
}

/**
 * Starts the broker. Rejects with IotCoreStartError when the port is taken, AuthorizerOptionsError for keys that AWS
 * would not take, or DataFileError for a data file that cannot be used.
 */
export async function startIotCore(options: IotCoreOptions = {}): Promise<IotCore> {
  const broker = createBroker(options)
  const dataPlane = createDataPlane(broker)
  const door = createDoor(broker)
  const writer = new TurnWriter()
  const server = createIotServer({
    refuse: (http) => door.refuse(http),
    service: (request, http) =>
      request.path === pagePath ? answerPage(broker, request) : dataPlane.overHttp(request, http),
    verify: (http) => door.verifyUpgrade(http),
    onWebSocket: (socket, request, signedBy) => {
      acceptConnection(
        broker,
        new WebSocketTransport(socket, writer, broker.settings.clock),
        readUpgrade(request.url ?? '', request.headers, socket.remoteAddress, signedBy),
      )
    },
  })
  const tcp = createTcpServer((socket) => {
    acceptConnection(
      broker,
      new TcpTransport(socket, writer, broker.settings.clock),
      readUpgrade('', {}, socket.remoteAddress),
    )
  })
  const { host } = broker.settings
  try {
    await listen(server, host, options.port ?? 0, 'IOT_PORT (fanfare iot: --port)')
    if (options.tcpPort !== undefined)
      await listen(tcp.server, host, options.tcpPort, 'tcpPort (fanfare iot: --tcp-port)')
  } catch (error) {
    server.close()
    broker.retained.close()
    broker.shadows.close()
    throw error
  }
  const { port } = server.address() as AddressInfo
  const stopSweeping = startSweeping(broker)
  const close = async (): Promise<void> => {
    stopSweeping()
    broker.rules.close()
    for (const connection of broker.connections) {
      endConnection(broker, connection, {
        reason: 'SERVER_INITIATED_DISCONNECT',
        reasonCode: reason.serverShuttingDown,
        withoutWill: true,
      })
      connection.transport.destroy()
    }
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await Promise.all([closed, tcp.close()])
    broker.retained.close()
    broker.shadows.close()
  }
  let closing: Promise<void> | undefined
  return {
    port,
    tcpPort: (tcp.server.address() as AddressInfo | null)?.port,
    url: `ws://localhost:${port}/mqtt`,
    dataPlane: dataPlane.inProcess,
    publish: (topic, payload, published) => {
      publishHere(broker, { topic, payload, ...published })
    },
    stats: () => statsOf(broker),
    connections: () => connectionStatsOf(broker),
    resetMeter: () => {
      resetMeter(broker.meter)
      for (const client of clientsOf(broker)) {
        resetMeter(client.meter)
        client.deliveries = 0
      }
    },
    kick: (clientId) => {
      const session = broker.sessions.get(clientId)
      return session !== undefined && disconnectByApi(broker, session, false)
    },
    rules: () => broker.rules.stats(),
    rulesIdle: () => broker.rules.idle(),
    denials: () => broker.denials.list(),
    explain: (clientId, action, name) =>
      broker.sessions.get(clientId)?.client?.permissions.explain(action, name),
    onLifecycle: (listener) => broker.lifecycle.listen(listener),
    close: () => (closing ??= close()),
  }
}

async function listen(
  server: Server | NetServer,
  host: string,
  port: number,
  setting: string,
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (cause) {
    throw new IotCoreStartError(
      `IoT Core cannot listen on ${host}:${port} (${(cause as Error).message}); free the port, or set ${setting} to another`,
      { cause },
    )
  }
}

function publishHere(broker: Broker, published: NewMessage): void {
  const problem =
    publishedTopicProblem(published.topic, published.retain === true) ?? messageProblem(published)
  if (problem) throw new RangeError(`the publish to ${published.topic.slice(0, 300)}: ${problem.message}`)
  const now = broker.settings.clock.now()
  if (publish(broker, newMessage(published, now), now) === 'throttled')
    throw new RangeError(`the publish to ${published.topic} is over a quota: send it again later`)
}
