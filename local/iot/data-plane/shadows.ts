/** The shadow calls: `/things/{thing}/shadow?name=…` and the list of a thing's named shadows. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import type { Permissions } from '../policy/permissions.ts'
import { ShadowError } from '../shadows/request.ts'
import type { ShadowId } from '../shadows/shadow-store.ts'
import { shadowNameProblem, type ShadowOperation } from '../shadows/shadow-topics.ts'
import { askShadow } from '../shadows/shadows.ts'
import { answer, DataPlaneError } from './answer.ts'
import { authorize, type Operation, takeRate } from './operation.ts'
import { pathRest, queryNumber, queryValue, readNextToken, writeNextToken } from './request.ts'

const actions = {
  get: 'GetThingShadow',
  update: 'UpdateThingShadow',
  delete: 'DeleteThingShadow',
} as const

const errorCodes = {
  400: 'InvalidRequestException',
  404: 'ResourceNotFoundException',
  409: 'ConflictException',
  413: 'RequestEntityTooLargeException',
  415: 'UnsupportedDocumentEncodingException',
  429: 'ThrottlingException',
} as const

export const getThingShadow: Operation = asking('get')
export const updateThingShadow: Operation = asking('update')
export const deleteThingShadow: Operation = asking('delete')

export function listNamedShadows(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  const thingName = pathRest(request.path, '/api/things/shadow/ListNamedShadowsForThing/')
  checkNames({ thingName, shadowName: '' })
  const limit = queryNumber(request, 'pageSize', 1, 100) ?? 100
  authorize(caller, 'ListNamedShadowsForThing', thingName)
  takeRate(broker, 'shadowRequests')
  // The classic shadow has no name to list.
  const results = broker.shadows.names(thingName, readNextToken(request), limit + 1)
  const timestamp = Math.floor(broker.settings.clock.now() / 1000)
  const last = results.length > limit ? results[limit - 1] : undefined
  return answer({ results: results.slice(0, limit), timestamp, ...writeNextToken(last) })
}

function asking(operation: ShadowOperation): Operation {
  return (broker, request, caller) => {
    const id: ShadowId = {
      thingName: pathRest(request.path.replace(/\/shadow$/, ''), '/things/'),
      shadowName: queryValue(request, 'name') ?? '',
    }
    checkNames(id)
    const { thingName, shadowName } = id
    authorize(caller, actions[operation], shadowName === '' ? thingName : `${thingName}/${shadowName}`)
    const body = operation === 'update' ? request.body : new Uint8Array()
    try {
      return answer(askShadow(broker, id, operation, body, broker.settings.clock.now()))
    } catch (error) {
      if (error instanceof ShadowError) throw new DataPlaneError(errorCodes[error.code], error.message)
      throw error
    }
  }
}

function checkNames(id: ShadowId): void {
  const problem = shadowNameProblem(id)
  if (problem !== undefined) throw new DataPlaneError('InvalidRequestException', problem)
}
