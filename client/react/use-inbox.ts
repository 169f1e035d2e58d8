import { useSyncExternalStore } from 'react'
import { type InboxContract, topicOf } from '../../topics/contract/contract.ts'
import type { ParametersOf } from '../../topics/contract/pattern.ts'
import type { ClientError } from '../errors.ts'
import type { InboxItem } from '../topic/inbox.ts'
import { useLive } from './provider.ts'

/** An inbox, as a component sees it. */
export interface LiveInbox<Item> {
  /** What is unhandled, in order. Each item's `handled()` records that it is done. */
  readonly items: readonly InboxItem<Item>[]
  /** How many are unhandled, those that are not held included; undefined until it is known. */
  readonly unread: number | undefined
  /** Why the inbox is not heard any more. */
  readonly error: ClientError | undefined
}

/**
 * One person's inbox. Components that name the same inbox share its subscription. Throws TopicContractError for an unfit
 * parameter.
 *
 * @example
 * const { items, unread } = useInbox(agentSuggestions, { agentId })
 * return items.map((item) => <button key={item.sequence} onClick={() => void item.handled()}>Done</button>)
 */
export function useInbox<Pattern extends string, Item>(
  contract: InboxContract<Pattern, Item>,
  parameters: ParametersOf<Pattern>,
): LiveInbox<Item> {
  const live = useLive()
  const nothing: LiveInbox<Item> = { items: [], unread: undefined, error: undefined }
  const topic = topicOf(contract, parameters)
  const { subscribe, snapshot } = live.once(contract, topic, nothing, (show) => {
    const handle = live.client().inbox(contract, parameters, {
      onChange: () => show({ items: handle.items, unread: handle.unread, error: undefined }),
      onError: (error) => show({ ...nothing, error }),
    })
    return () => handle.close()
  })
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}
