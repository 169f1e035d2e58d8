/**
 * A certificate for localhost that vouches for itself, for clients that want TLS and can be told which authority to trust.
 * Node makes keys and signatures but no certificates, so its DER is written here (RFC 5280).
 *
 * @module
 */
import { generateKeyPairSync, sign } from 'node:crypto'

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string
  /** PEM. */
  readonly privateKey: string
}

/** Makes a key and a certificate that is good for a day, an hour ago from now. */
export function selfSigned(): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const now = Date.now()
  const name = sequence(set(sequence(oid(2, 5, 4, 3), tagged(0x0c, Buffer.from('localhost')))))
  const sha256WithRsa = sequence(oid(1, 2, 840, 113_549, 1, 1, 11), tagged(0x05, Buffer.alloc(0)))
  const localhost = [tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1]))]
  const yes = tagged(0x01, Buffer.from([0xff]))
  const extensions = sequence(
    sequence(oid(2, 5, 29, 17), tagged(0x04, sequence(...localhost))),
    sequence(oid(2, 5, 29, 19), yes, tagged(0x04, sequence(yes))),
  )
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(1),
    sha256WithRsa,
    name,
    sequence(utcTime(now - 3_600_000), utcTime(now + 86_400_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  )
  const certificate = sequence(
    body,
    sha256WithRsa,
    tagged(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)])),
  )
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts))
}

function integer(small: number): Buffer {
  return tagged(0x02, Buffer.from([small]))
}

/** The first two numbers share a byte, the others are written in base 128. */
function oid(first: number, second: number, ...others: readonly number[]): Buffer {
  const bytes = others.flatMap((number) => {
    const digits = [number & 0x7f]
    for (let rest = number >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80)
    return digits
  })
  return tagged(0x06, Buffer.from([first * 40 + second, ...bytes]))
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replaceAll(/[-:T]|\..*/g, '')
    .slice(2)
  return tagged(0x17, Buffer.from(`${digits}Z`))
}
