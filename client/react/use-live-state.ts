import { useSyncExternalStore } from 'react'
import { type StateContract, topicOf } from '../../topics/contract/contract.ts'
import type { ParametersOf } from '../../topics/contract/pattern.ts'
import type { ClientError } from '../errors.ts'
import { useLive } from './provider.ts'

/** A state topic, as a component sees it. */
export interface LiveState<Value> {
  /** Undefined until the first value, and on the server, unless `initial` is given. */
  readonly value: Value | undefined
  /** True when nothing was ever written to the topic. */
  readonly missing: boolean
  /** Why the topic is not heard any more. */
  readonly error: ClientError | undefined
}

/**
 * The current value of a topic of kind `state`. Components that name the same topic share its subscription. `initial`
 * is shown until the first value, on the server too. Throws TopicContractError for an unfit parameter.
 *
 * @example
 * const { value } = useLiveState(campaignTotal, { campaignId: 'red-nose' })
 */
export function useLiveState<Pattern extends string, Value>(
  contract: StateContract<Pattern, Value>,
  parameters: ParametersOf<Pattern>,
  options: { readonly initial?: Value } = {},
): LiveState<Value> {
  const live = useLive()
  const nothing: LiveState<Value> = { value: undefined, missing: false, error: undefined }
  const topic = topicOf(contract, parameters)
  const { subscribe, snapshot } = live.once(contract, topic, nothing, (show) => {
    const handle = live.client().state(contract, parameters, {
      onValue: (value) => show({ value, missing: false, error: undefined }),
      onMissing: () => show({ ...nothing, missing: true }),
      onError: (error) => show({ ...nothing, error }),
    })
    return () => handle.close()
  })
  const now = useSyncExternalStore(subscribe, snapshot, snapshot)
  return now.value === undefined && options.initial !== undefined ? { ...now, value: options.initial } : now
}
