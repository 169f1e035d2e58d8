/** React hooks over the client. React 18 or newer. */
export { type FeedRow, rowKey } from '../topic/feed-rows.ts'
export { FanfareProvider, type FanfareProviderProps, useClient } from './provider.ts'
export { useConnection } from './use-connection.ts'
export { type LiveFeed, useFeed, type UseFeedOptions } from './use-feed.ts'
export { type LiveInbox, useInbox } from './use-inbox.ts'
export { type LiveState, useLiveState } from './use-live-state.ts'
