/** What reasons mean in a load test: MQTT's reason codes, HTTP's statuses, the system's error codes. */
const meanings: Readonly<Record<string, string>> = {
  'HTTP 401': 'the token was not taken',
  'HTTP 403': 'forbidden: the authorizer or its signature check refused',
  'HTTP 404': 'there is no such address; look at --mqtt',
  '429': 'too many; it does not say of whom',
  '429 too-many-sessions': 'more sessions than one address or person may open in a minute',
  '429 too-many-contacts': 'more contacts than one address may send in a minute',
  '429 Too Many Requests': 'the throttle of the API, for all addresses together',
  'CONNACK 0x87': 'not authorised',
  'CONNACK 0x97': 'quota exceeded',
  'SUBACK 0x87': 'not authorised',
  'DISCONNECT 0x8b': 'the server is shutting down',
  'DISCONNECT 0x8e': 'another connection took the client ID',
  'DISCONNECT 0x97': 'quota exceeded',
  ECONNREFUSED: 'nothing listens there; start it, or name another --target',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'DNS knows no such host; look at the name in --target and --mqtt',
  EAI_AGAIN: 'DNS does not answer; look at the name in --target and --mqtt, and at the network',
  EHOSTUNREACH: 'no way leads to the host; look at the address and the network',
  ENETUNREACH: 'no way leads to the network; look at the address and the network',
  ETIMEDOUT: 'the host does not answer',
  EMFILE: 'this process may open no more files; raise `ulimit -n`',
  EADDRNOTAVAIL: 'no source address or port is left; give the scenario more addresses',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; set NODE_EXTRA_CA_CERTS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  ECANCELED: 'the answer broke off',
  'more than 4 MB': 'an answer that no API of this kind gives; look at --target',
  'no answer': 'nothing in time',
}

/** A session leads to a host that nobody named; the address follows. */
export const endpointRefused = 'session names '

/** `CONNACK 0x87 (not authorised)`, `session ENOTFOUND (DNS knows no such host; …)` */
export function reasonText(reason: string): string {
  if (reason.startsWith(endpointRefused))
    return `${reason} (a host that was not named: give --mqtt with that address if it is meant)`
  const code = reason.replace(/^session /, '').replace(/^HTTP (?=429)/, '')
  const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined
  return meaning === undefined ? reason : `${reason} (${meaning})`
}
