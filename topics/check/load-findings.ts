/**
 * Whether what the contracts expect fits AWS's quotas, and their budgets: each with the arithmetic.
 *
 * @module
 */
import type { TopicContract } from '../contract/contract.ts'
import { paceSecondsMax } from '../contract/pace.ts'
import { accountQuotas, accountQuotaValues } from '../cost/account-quotas.ts'
import { durationText, numberText, rateText } from '../cost/words.ts'
import { messagesPerSecond } from '../contract/message-rate.ts'
import { declaredMonth, type Month } from '../cost/month.ts'
import { fittingPace, quotaUse } from '../cost/quota-use.ts'
import { trafficOf } from '../cost/traffic.ts'
import { budgetFindings } from './budget-findings.ts'
import type { Finding } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'

/** Publishes a second and connection, in and out together; the excess is dropped silently. docs/aws-iot-core.md §2.2. */
const publishesPerSecondAndConnection = 100

/** Bytes a second and connection; AWS delays the excess. docs/aws-iot-core.md §2.2. */
const bytesPerSecondAndConnection = 512 * 1024

/** Quotas of one connection, of the account, and budgets. */
export function loadFindings(
  contracts: readonly LocatedContract[],
  options: Parameters<typeof declaredMonth>[1] = {},
): readonly Finding[] {
  const month = declaredMonth(
    contracts.map(({ contract }) => contract),
    options,
  )
  return [
    ...contracts.flatMap(connectionFindings),
    ...accountFindings(contracts, month),
    ...paceFindings(contracts, month),
    ...budgetFindings(contracts, month),
  ]
}

function connectionFindings(located: LocatedContract): readonly Finding[] {
  const { contract, file } = located
  const { rate } = contract.load
  if (contract.kind !== 'signal') return []
  const place = { level: 'error', file, topic: contract.topic, line: located.lineOf('load') } as const
  const bytes = rate * contract.maxBytes
  if (rate > publishesPerSecondAndConnection) {
    return [
      {
        ...place,
        code: 'CONNECTION_RATE',
        problem: `load.rate is ${rate} messages a second, and a connection hears ${publishesPerSecondAndConnection} of all its topics; AWS drops the others silently`,
        remedy: 'send fewer, or gather several in one message',
      },
    ]
  }
  if (bytes > bytesPerSecondAndConnection) {
    return [
      {
        ...place,
        code: 'CONNECTION_THROUGHPUT',
        problem: `${rate} messages a second × maxBytes ${contract.maxBytes} = ${numberText(bytes)} bytes a second, and a connection has ${numberText(bytesPerSecondAndConnection)}`,
        remedy: 'lower maxBytes or load.rate',
      },
    ]
  }
  return []
}

/** Each quota that the declared load passes, told at the contract that asks most of it. */
function accountFindings(contracts: readonly LocatedContract[], month: Month): readonly Finding[] {
  return quotaUse(month)
    .filter(({ used, limit }) => used > limit)
    .flatMap((use): readonly Finding[] => {
      if (use.id === 'outbound') return outboundFindings(contracts, month)
      const most = largest(contracts, ({ load }) => load.audience * load.topics)
      if (!most) return []
      return [
        {
          level: 'error',
          code: 'OVER_QUOTA',
          file: most.file,
          line: most.lineOf('load'),
          topic: most.contract.topic,
          problem: `together the contracts ask for ${numberText(use.used)} of "${use.name}", and the account in ${month.region} has ${numberText(use.limit)}`,
          remedy: `expect less in load, or have AWS raise the quota and say so: --quota ${use.id}=${Math.ceil(use.used)}`,
        },
      ]
    })
}

function outboundFindings(contracts: readonly LocatedContract[], month: Month): readonly Finding[] {
  const quota = accountQuotaValues(month.region, month.raised).outbound
  const asked = contracts.map((located) => ({ located, perSecond: outbound(located.contract) }))
  const fixed = asked.filter(({ located: { contract } }) => !isAuto(contract))
  const sum = fixed.reduce((total, { perSecond }) => total + perSecond, 0)
  const most = largest(
    fixed.map(({ located }) => located),
    outbound,
  )
  if (!most || sum <= quota) return []
  const { contract } = most
  const { audience, topics, rate } = contract.load
  const pace = contract.kind === 'signal' ? 0 : contract.paceSeconds
  const spoken = pace === 0 ? rate : messagesPerSecond(rate, pace)
  const others = sum - outbound(contract)
  const fitting = fittingPace({ rate, audience, topics }, quota - others)
  const remedies = [
    ...(pace > 0 && fitting !== undefined ? [`paceSeconds: ${fitting}`] : []),
    ...(pace > 0 ? ["pace: 'auto', which stretches the pace with the watchers"] : []),
    ...(fixed.length > 1 ? ['one topic for what a page now hears on several'] : []),
    `a raised "${accountQuotas.outbound.name}": --quota outbound=${Math.ceil(sum)}`,
    'or a server of your own, which is cheaper than messages by the piece at such an audience',
  ]
  return [
    {
      level: 'error',
      code: 'AUDIENCE_TOO_LARGE',
      file: most.file,
      line: most.lineOf('load'),
      topic: contract.topic,
      problem: `${numberText(audience)} people × ${numberText(topics)} topic${topics === 1 ? '' : 's'} × ${rateText(spoken)} = ${numberText(outbound(contract))} messages out a second${others > 0 ? `, with the other contracts ${numberText(sum)}` : ''}; the account in ${month.region} may send ${numberText(quota)}`,
      remedy: remedies.join('; '),
    },
  ]
}

/** Contracts whose pace is `auto`: what their declared audience makes of it, and whether any pace would help. */
function paceFindings(contracts: readonly LocatedContract[], month: Month): readonly Finding[] {
  const { region } = month
  const quota = accountQuotaValues(region, month.raised).outbound
  return trafficOf(month).flatMap(({ month: { contract }, audience, paceSeconds }): Finding[] => {
    const located = contracts.find((one) => one.contract === contract)
    if (!located || !isAuto(contract) || contract.kind === 'signal' || paceSeconds <= contract.paceSeconds)
      return []
    const place = { file: located.file, line: located.lineOf('pace'), topic: contract.topic }
    const stretched = `pace is 'auto', and ${numberText(audience)} people stretch it from ${durationText(contract.paceSeconds)} to ${durationText(paceSeconds)}`
    return paceSeconds < paceSecondsMax
      ? [
          {
            ...place,
            level: 'note',
            code: 'PACE_STRETCHES',
            problem: `${stretched}: the account in ${region} may send ${numberText(quota)} messages a second`,
            remedy: 'nothing, if that is fresh enough; the message tells the page how long it waits',
          },
        ]
      : [
          {
            ...place,
            level: 'error',
            code: 'AUDIENCE_TOO_LARGE',
            problem: `${stretched}, the longest there is, and that does not fit: the other contracts and this audience ask for more than the ${numberText(quota)} messages a second that the account in ${region} may send`,
            remedy: `slow the contracts whose pace is fixed, or have AWS raise "${accountQuotas.outbound.name}" and say so: --quota outbound=N`,
          },
        ]
  })
}

function outbound({ load, ...contract }: TopicContract): number {
  const spoken = contract.kind === 'signal' ? load.rate : messagesPerSecond(load.rate, contract.paceSeconds)
  return spoken * load.audience * load.topics
}

const isAuto = (contract: TopicContract): boolean => contract.kind !== 'signal' && contract.pace === 'auto'

function largest(
  contracts: readonly LocatedContract[],
  of: (contract: TopicContract) => number,
): LocatedContract | undefined {
  return contracts.reduce<LocatedContract | undefined>(
    (most, one) => (most && of(most.contract) >= of(one.contract) ? most : one),
    undefined,
  )
}
