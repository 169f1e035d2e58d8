/**
 * What is wrong with an address, in SES's words; undefined when SES would take it. SES has no internationalised
 * addresses: the local part is ASCII, the domain ASCII or Punycode, and a display name that is not ASCII comes encoded.
 *
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
 * RFC 5321 section 4.5.3.1 for the lengths
 */
export function addressFault(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001F\u007F]/.test(text)) return 'Address contains control characters'
  const named = /^(.*)<([^<>]*)>$/.exec(text.trim())
  const address = named?.[2] ?? text.trim()
  if (named?.[1] !== undefined && !/^[ -~]*$/.test(named[1])) return 'Display name is not encoded (RFC 2047)'
  const at = address.lastIndexOf('@')
  if (at < 0) return "Missing final '@domain'"
  const local = address.slice(0, at)
  const domain = address.slice(at + 1)
  if (local === '') return 'Missing local name'
  if (local.length > 64) return 'Local name is longer than 64 characters'
  if (!/^[!-~]+$/.test(local)) return 'Local address contains control or whitespace, or is not ASCII'
  if (
    !/^"[^"\\]+"$/.test(local) &&
    !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local)
  ) {
    return 'Local name contains illegal character'
  }
  if (domain.length > 255) return 'Domain is longer than 255 characters'
  if (domain.startsWith('.')) return 'Domain starts with dot'
  if (!domain.includes('.')) return 'Missing top-level domain'
  const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
  if (!domain.split('.').every((part) => label.test(part))) return 'Domain contains illegal character'
  return undefined
}
