/** The AWS IoT custom authorizer. */
import type { IoTCustomAuthorizerEvent } from 'aws-lambda'
import { contracts } from '../../topics/index.ts'
import { readEnvironment } from '../platform/environment.ts'
import { eventHandler } from '../platform/handler.ts'
import { log } from '../platform/log.ts'
import { authorise, type AuthorizerAnswer, refusal } from './authorizer.ts'

const environment = readEnvironment(['IOT_ARN_PREFIX'])
const options = { contracts, arnPrefix: environment.IOT_ARN_PREFIX }

export const handler = eventHandler((event: IoTCustomAuthorizerEvent): Promise<AuthorizerAnswer> => {
  const answer = authorise(event, Date.now(), options)
  if (!('refused' in answer)) return Promise.resolve(answer)
  // The token stays out of the log; the connection's id finds AWS's own line.
  log.warn('connection refused', { reason: answer.refused, connectionId: event.connectionMetadata?.id })
  return Promise.resolve(refusal)
})
