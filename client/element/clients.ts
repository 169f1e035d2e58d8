/**
 * One client for all elements of a page that name the same API, for as long as there are any.
 *
 * @module
 */
import { connectLite, type LiteClient } from '../lite.ts'

const clients = new Map<string, { readonly client: LiteClient; users: number }>()

/** Says which API the elements without an attribute `api` use. */
export const defaults = { api: '' }

/** The client of this API; the answer's `release` gives it back. */
export function useClientOf(api: string): { readonly client: LiteClient; readonly release: () => void } {
  const known = clients.get(api) ?? { client: connectLite({ api }), users: 0 }
  clients.set(api, known)
  known.users++
  return {
    client: known.client,
    release() {
      // An element that is moved leaves the page and comes back at once.
      setTimeout(() => {
        if (--known.users > 0) return
        clients.delete(api)
        known.client.close()
      })
    },
  }
}
