/**
 * The script for pages without a build step: defines `<fanfare-value>` and `<fanfare-feed>`. The API is the one that
 * the script's tag names in `data-api`, or each element in `api`; otherwise the page's own origin.
 *
 * @module
 */
import { defaults } from './clients.ts'
import { FanfareFeed } from './fanfare-feed.ts'
import { FanfareValue } from './fanfare-value.ts'

/** Defines both elements; once is enough. Without a page it does nothing. */
export function defineElements(options: { readonly api?: string } = {}): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined
  if (options.api !== undefined) defaults.api = options.api
  if (!registry) return
  if (!registry.get('fanfare-value')) registry.define('fanfare-value', FanfareValue)
  if (!registry.get('fanfare-feed')) registry.define('fanfare-feed', FanfareFeed)
}
