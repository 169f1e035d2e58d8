import { accountQuotaValues } from '../../topics/cost/account-quotas.ts'
import { visitMinutesDefault } from '../../topics/cost/month.ts'
import { addUnits, joiningUnits, publishingUnits } from '../../topics/cost/units.ts'
import type { LoadOutcome } from '../outcome.ts'
import { type Bill, billOf } from './bill.ts'
import { connectionMinutes, meteredBytes } from './run-bill.ts'

/** What the run's traffic would cost before another audience. */
export interface Projection {
  readonly audience: number
  readonly hours: number
  readonly bill: Bill
  /** Messages a second to everybody, and the account's quota of them. */
  readonly outboundPerSecond: number
  readonly outboundQuota: number
  /** The audience at which that quota is reached; undefined when nothing was published. */
  readonly quotaReachedAt: number | undefined
}

/**
 * Takes what was published a second, and how large, from the run, and the audience and hours from the caller; each topic is
 * heard by the part of the audience that heard it in the run, visits last thirty minutes.
 */
export function projectRun(
  outcome: LoadOutcome,
  { audience, hours }: { readonly audience: number; readonly hours: number },
): Projection {
  const seconds = Math.max(outcome.durationMs / 1000, 0.001)
  const viewers = (connectionMinutes(outcome) * 60) / seconds
  const { region } = outcome.plan.target
  const topics = outcome.total.topics.map((figures) => {
    const sent = figures.published * viewers
    const share = sent === 0 ? 1 : Math.min(1, (figures.delivered + figures.duplicated) / sent)
    // Phases in which nothing is said, gathering among them, are no part of its pace.
    const spoken = outcome.phases
      .filter(({ topics }) =>
        topics.some(({ topic, published }) => published > 0 && topic.topic === figures.topic.topic),
      )
      .reduce((sum, { durationMs }) => sum + durationMs / 1000, 0)
    return {
      perSecond: figures.published / (spoken || seconds),
      bytes: meteredBytes(figures),
      share,
      retained: figures.topic.kind !== 'signal',
    }
  })
  const visits = (audience * hours * 60) / visitMinutesDefault
  const units = addUnits(
    ...topics.map(({ perSecond, bytes, share, retained }) =>
      publishingUnits({
        messages: perSecond * hours * 3600,
        bytes,
        receivers: audience * share,
        qos: 0,
        retained,
      }),
    ),
    joiningUnits({
      connections: visits,
      filters: topics.length,
      retained: topics.filter(({ retained }) => retained).map(({ bytes }) => ({ bytes, qos: 0 })),
    }),
  )
  const perViewer = topics.reduce((sum, { perSecond, share }) => sum + perSecond * share, 0)
  const outboundQuota = accountQuotaValues(region).outbound
  return {
    audience,
    hours,
    bill: billOf(region, units, audience * hours * 60, 'planned'),
    outboundPerSecond: perViewer * audience,
    outboundQuota,
    quotaReachedAt: perViewer === 0 ? undefined : outboundQuota / perViewer,
  }
}
