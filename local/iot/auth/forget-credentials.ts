import type { Upgrade } from './credentials.ts'

const nothing: Upgrade['headers'] = {}

/**
 * What of an upgrade is still asked for once its client is let in. The rest is the larger part of what an idle
 * connection would keep; a refresh shows the authorizer the event that it was shown before.
 */
export function forgetCredentials({ serverName, remoteAddress }: Upgrade): Upgrade {
  return { queryString: '', headers: nothing, serverName, remoteAddress }
}
