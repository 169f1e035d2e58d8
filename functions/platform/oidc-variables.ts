/**
 * How the variables of signing in are written.
 *
 * @module
 */
import { parameterName } from '../../topics/contract/pattern.ts'

/** A value of ours, and the claim of the ID token that it comes from. */
export interface ClaimValue {
  readonly name: string
  readonly claim: string
}

/** An issuer's address as it stands, or nothing. Throws an Error that says what is wrong with it. */
export function parseIssuer(text: string): string {
  if (text === '') return ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOfThisMachine =
    url?.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (!url || !(url.protocol === 'https:' || isOfThisMachine) || url.search !== '' || url.hash !== '') {
    throw new Error(`is ${JSON.stringify(text)}: use the issuer's https address, without query and hash`)
  }
  return text
}

/** Reads `agentId, team=https://example.org/team`. Throws an Error that names the entry at fault. */
export function parseClaimValues(text: string): readonly ClaimValue[] {
  const values = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, name = '', claim = ''] = /^([^=]+?)(?:\s*=\s*(.+))?$/.exec(entry) ?? []
      if (parameterName.test(name)) return { name, claim: claim === '' ? name : claim }
      throw new Error(
        `has the entry ${JSON.stringify(entry)}: write name or name=claim, the name in letters and digits as in a topic's pattern`,
      )
    })
  const twice = values.find(({ name }, index) => values.findIndex((other) => other.name === name) < index)
  if (twice) throw new Error(`names ${twice.name} twice: give each value one claim`)
  return values
}
