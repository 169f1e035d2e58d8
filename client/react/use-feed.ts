import { useSyncExternalStore } from 'react'
import { type FeedContract, topicOf } from '../../topics/contract/contract.ts'
import type { ParametersOf } from '../../topics/contract/pattern.ts'
import type { ClientError } from '../errors.ts'
import { type FeedRow, FeedRows } from '../topic/feed-rows.ts'
import { useLive } from './provider.ts'

/** A feed topic, as a component sees it. */
export interface LiveFeed<Entry> {
  /** Oldest first. `rowKey` makes their keys. */
  readonly rows: readonly FeedRow<Entry>[]
  /**
   * Puts up to `count` older rows before the others; answers false at the beginning of the log. Rejects with
   * ClientError when the API fails or the log was begun anew.
   */
  readonly older: (count: number) => Promise<boolean>
  /** Why the topic is not heard any more. */
  readonly error: ClientError | undefined
}

/** How much of a feed a component shows. */
export interface UseFeedOptions {
  /** Entries before now to begin with. Default: 20 */
  readonly last?: number
  /** Rows that stay when new ones come, besides those that `older` brought. Default: 200 */
  readonly keep?: number
}

/**
 * The rows of a topic of kind `feed`. Components that name the same topic with the same options share its subscription
 * and its rows. Rows that come in one go are shown in one go. Throws TopicContractError for an unfit parameter.
 *
 * @example
 * const { rows } = useFeed(campaignDonations, { campaignId: 'red-nose' }, { last: 20 })
 * return rows.map((row) => <Gift key={rowKey(row)} row={row} />)
 */
export function useFeed<Pattern extends string, Entry>(
  contract: FeedContract<Pattern, Entry>,
  parameters: ParametersOf<Pattern>,
  { last = 20, keep = 200 }: UseFeedOptions = {},
): LiveFeed<Entry> {
  const live = useLive()
  const key = JSON.stringify([topicOf(contract, parameters), last, keep])
  const nothing: LiveFeed<Entry> = { rows: [], older: () => Promise.resolve(false), error: undefined }
  const { subscribe, snapshot } = live.once(contract, key, nothing, (show) => {
    const rows = new FeedRows<Entry>(keep)
    let error: ClientError | undefined
    let due = false
    let closed = false
    const older = async (count: number): Promise<boolean> => {
      const items = await handle.older(count)
      rows.addOlder(items)
      soon()
      return items.length > 0
    }
    const soon = (): void => {
      if (due) return
      due = true
      queueMicrotask(() => {
        due = false
        if (!closed) show({ rows: rows.rows, older, error })
      })
    }
    const handle = live.client().feed(contract, parameters, {
      last,
      onItem(item) {
        rows.add(item)
        soon()
      },
      onError(denied) {
        error = denied
        soon()
      },
    })
    return () => {
      closed = true
      handle.close()
    }
  })
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}
