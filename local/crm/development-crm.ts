/**
 * `/_fanfare/crm`: a CRM of this machine. It takes what functions/contact tells a CRM, verifies the signature as one would
 * (https://www.standardwebhooks.com), keeps each contact once, and shows them.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { HttpAnswer } from '../http/event.ts'
import type { OwnRequest } from '../http/own-request.ts'
import { contactsPage, type KeptContact } from './contacts-page.ts'

export const crmPath = '/_fanfare/crm'

/** The secret of the local stack's CRM. It is none: the stack listens on this machine only. */
export const developmentCrmSecret = `whsec_${Buffer.from('the-local-crm-keeps-no-secret').toString('base64')}`

/** Contacts that are kept; older ones make room. */
const keptMax = 200

/** How old a call may be, seconds: what is caught and sent again later is refused. */
const toleranceSeconds = 300

export interface DevelopmentCrm {
  /** Its page, by path. */
  readonly pages: Readonly<Record<string, (request: OwnRequest) => Promise<HttpAnswer>>>
  /** What it took, newest first. */
  contacts(): readonly KeptContact[]
}

/** A CRM that forgets everything when the stack ends. `now` in ms since 1970. */
export function developmentCrm(now: () => number): DevelopmentCrm {
  const kept = new Map<string, KeptContact>()
  const newestFirst = () => [...kept.values()].toReversed()

  const take = async (request: OwnRequest): Promise<HttpAnswer> => {
    const body = await request.body()
    if (!body) return text(413, 'at most 64 KiB')
    const id = header(request, 'webhook-id')
    const timestamp = header(request, 'webhook-timestamp')
    if (Math.abs(now() / 1000 - Number(timestamp)) > toleranceSeconds) return text(401, 'the call is too old')
    if (!isSigned(id, timestamp, body, header(request, 'webhook-signature'))) {
      return text(401, 'the signature is not of this secret')
    }
    const before = kept.get(id)
    kept.set(id, { id, data: dataOf(body), times: (before?.times ?? 0) + 1 })
    const [oldest] = kept.keys()
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest)
    return text(200, 'taken')
  }

  return {
    pages: {
      [crmPath]: async (request) => (request.method === 'POST' ? take(request) : contactsPage(newestFirst())),
    },
    contacts: newestFirst,
  }
}

function isSigned(id: string, timestamp: string, body: Buffer, signatures: string): boolean {
  const secret = Buffer.from(developmentCrmSecret.slice('whsec_'.length), 'base64')
  const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest()
  return signatures.split(' ').some((signature) => {
    const [version, base64 = ''] = signature.split(',')
    const mac = Buffer.from(base64, 'base64')
    return version === 'v1' && mac.length === expected.length && timingSafeEqual(mac, expected)
  })
}

/** The texts of the call's `data`. Who signed it sends JSON. */
function dataOf(body: Buffer): Readonly<Record<string, string>> {
  const { data } = JSON.parse(body.toString('utf8')) as { data?: Record<string, unknown> }
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(data ?? {})) if (typeof value === 'string') texts[name] = value
  return texts
}

const header = ({ headers }: OwnRequest, name: string): string => String(headers[name] ?? '')

const text = (status: number, body: string): HttpAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: Buffer.from(body),
})
