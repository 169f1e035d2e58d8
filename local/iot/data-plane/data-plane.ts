/**
 * The data plane's HTTP API as one AwsService. Who signed a request is not looked at yet: each operation knows its
 * request alone, so that a check can stand before all of them, here. docs/aws-iot-core.md §7.
 *
 * @module
 */
import type { AwsRequest, AwsResponse, AwsService } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { answerError, DataPlaneError } from './answer.ts'
import { deleteConnection, getConnection } from './connections.ts'
import { publishOperation } from './publish.ts'
import { getRetainedMessage, listRetainedMessages } from './retained.ts'

type Operation = (broker: Broker, request: AwsRequest) => AwsResponse

/** By the path's first part (with its slash when something follows), then the method. */
const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/topics/': { POST: publishOperation },
  '/retainedMessage/': { GET: getRetainedMessage },
  '/retainedMessage': { GET: listRetainedMessages },
  '/connections/': { GET: getConnection, DELETE: deleteConnection },
}

export function createDataPlane(broker: Broker): AwsService {
  return (request) => {
    try {
      return operationOf(request)(broker, request)
    } catch (error) {
      if (error instanceof DataPlaneError) return answerError(error)
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
      broker.settings.log({ level: 'warn', message: `data plane failed: ${message}`, path: request.path })
      return answerError(new DataPlaneError('InternalFailureException', 'the data plane failed; see the log'))
    }
  }
}

function operationOf({ method, path }: AwsRequest): Operation {
  const area = /^\/[^/]*\/?/.exec(path)?.[0] ?? ''
  const methods = operations[area]
  if (!methods)
    throw new DataPlaneError('ResourceNotFoundException', `there is nothing at ${path.slice(0, 300)}`)
  const operation = methods[method]
  if (!operation)
    throw new DataPlaneError(
      'MethodNotAllowedException',
      `${method} ${area}: use ${Object.keys(methods).join(' or ')}`,
    )
  return operation
}
