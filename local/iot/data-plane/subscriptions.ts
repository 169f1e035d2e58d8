/** ListSubscriptions: `GET /connections/{clientId}/subscriptions`, of sessions whose client is away too. docs/aws-iot-core.md §7. */
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import type { Permissions } from '../policy/permissions.ts'
import { answer } from './answer.ts'
import { clientIdOf, sessionOf } from './connections.ts'
import { authorize, takeClientRate } from './operation.ts'
import { queryNumber, readNextToken, writeNextToken } from './request.ts'

const results = { max: 200, default: 20 }

export function listSubscriptions(broker: Broker, request: AwsRequest, caller: Permissions): AwsResponse {
  const clientId = clientIdOf(request)
  const limit = queryNumber(request, 'maxResults', 1, results.max) ?? results.default
  authorize(caller, 'ListSubscriptions', clientId)
  takeClientRate(broker, 'listSubscriptions', clientId)
  const after = readNextToken(request)
  const filters = [...sessionOf(broker, clientId).subscriptions]
    .filter(([filter]) => after === '' || filter > after)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const page = filters.slice(0, limit)
  const last = filters.length > limit ? page.at(-1)?.[0] : undefined
  return answer({
    subscriptions: page.map(([topicFilter, { qos }]) => ({ topicFilter, qos })),
    ...writeNextToken(last),
  })
}
