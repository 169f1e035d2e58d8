/**
 * The data plane's HTTP API: finds the operation, and lets it ask what its caller may do. docs/aws-iot-core.md §7.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import type { AwsRequest, AwsResponse, AwsService } from '../../aws.ts'
import { permissionsFor } from '../auth/admit.ts'
import { permissionsOf } from '../auth/door.ts'
import type { IamCredential } from '../auth/iam-credential.ts'
import type { Broker } from '../broker.ts'
import { meteredUnits } from '../message.ts'
import { Permissions } from '../policy/permissions.ts'
import { answerError, DataPlaneError } from './answer.ts'
import { deleteConnection, getConnection } from './connections.ts'
import type { Operation } from './operation.ts'
import { publishOperation } from './publish.ts'
import { getRetainedMessage, listRetainedMessages } from './retained.ts'
import { sendDirectMessage } from './send-direct-message.ts'
import { deleteThingShadow, getThingShadow, listNamedShadows, updateThingShadow } from './shadows.ts'
import { listSubscriptions } from './subscriptions.ts'

export interface DataPlane {
  /**
   * For callers in this process: nobody verifies their signature, but whose key it names is bound by its policies;
   * who names none that is known may do everything.
   */
  readonly inProcess: AwsService
  /** For requests that came by HTTP, once the door has let them in. */
  overHttp(request: AwsRequest, http: IncomingMessage): Promise<AwsResponse>
}

type Methods = Readonly<Record<string, Operation>>

/** What a path leads to, the first that matches. A client ID is one segment: `/` in it is percent-encoded. */
const routes: readonly (readonly [path: RegExp, methods: Methods])[] = [
  [/^\/topics\/./, { POST: publishOperation }],
  [/^\/retainedMessage\/./, { GET: getRetainedMessage }],
  [/^\/retainedMessage\/?$/, { GET: listRetainedMessages }],
  [/^\/connections\/[^/]+\/messages$/, { POST: sendDirectMessage }],
  [/^\/connections\/[^/]+\/subscriptions$/, { GET: listSubscriptions }],
  [/^\/things\/[^/]+\/shadow$/, { GET: getThingShadow, POST: updateThingShadow, DELETE: deleteThingShadow }],
  [/^\/api\/things\/shadow\/ListNamedShadowsForThing\/[^/]+$/, { GET: listNamedShadows }],
  [/^\/connections\/[^/]+$/, { GET: getConnection, DELETE: deleteConnection }],
]

const ofThisProcess = new Permissions({ principal: 'in-process', policy: 'everything' })

export function createDataPlane(broker: Broker): DataPlane {
  return {
    inProcess: (request) => {
      try {
        const answered = operationOf(request)(broker, request, callerInProcess(broker, request))
        return answered instanceof Promise
          ? answered.catch((error: unknown) => answerOf(broker, request, error))
          : answered
      } catch (error) {
        return answerOf(broker, request, error)
      }
    },
    async overHttp(request, http) {
      try {
        const operation = operationOf(request)
        return dated(broker, await operation(broker, request, await permissionsOf(broker, request, http)))
      } catch (error) {
        return dated(broker, answerOf(broker, request, error))
      }
    },
  }
}

/** By credential: their variables are the same at each request. */
const ofCredentials = new WeakMap<IamCredential, Permissions>()

function callerInProcess(broker: Broker, { headers }: AwsRequest): Permissions {
  const [, accessKeyId = ''] = /Credential=([^/,]+)\//.exec(headers['authorization'] ?? '') ?? []
  const credential = broker.credentials.get(accessKeyId)
  if (!credential || broker.settings.anonymous) return ofThisProcess
  let caller = ofCredentials.get(credential)
  if (!caller) {
    const { principal, allowed } = credential
    const here = { remoteAddress: '127.0.0.1', serverName: 'localhost' }
    caller = permissionsFor(broker, { principal, statements: allowed }, here, undefined)
    ofCredentials.set(credential, caller)
  }
  return caller
}

function operationOf({ method, path }: AwsRequest): Operation {
  const [, methods] = routes.find(([pattern]) => pattern.test(path)) ?? []
  if (!methods)
    throw new DataPlaneError('ResourceNotFoundException', `there is nothing at ${path.slice(0, 300)}`)
  const operation = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (!operation)
    throw new DataPlaneError(
      'MethodNotAllowedException',
      `${method} ${path.slice(0, 300)}: use ${Object.keys(methods).join(' or ')}`,
    )
  return operation
}

/** With the broker's time: an SDK sets the clock it signs by from it. */
function dated({ settings }: Broker, { statusCode, headers, body }: AwsResponse): AwsResponse {
  return { statusCode, headers: { ...headers, date: new Date(settings.clock.now()).toUTCString() }, body }
}

/** AWS bills the bodies of errors too. docs/aws-iot-core.md §4. */
function answerOf(broker: Broker, { path }: AwsRequest, error: unknown): AwsResponse {
  const refused = error instanceof DataPlaneError ? error : failure(broker, path, error)
  if (refused.quota !== undefined) broker.quotas.hit(refused.quota, broker.settings.clock.now(), 1, { path })
  const response = answerError(refused)
  broker.meter.httpErrors += meteredUnits(response.body.length)
  return response
}

function failure(broker: Broker, path: string, error: unknown): DataPlaneError {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  broker.settings.log({ level: 'warn', message: `data plane failed: ${message}`, path })
  return new DataPlaneError('InternalFailureException', 'the data plane failed; see the log')
}
