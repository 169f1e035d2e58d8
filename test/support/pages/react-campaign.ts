import { createElement as h, type ReactNode } from 'react'
import { rowKey, useConnection, useFeed, useLiveState } from '../../../client/react/index.ts'
import { campaignDonations } from '../../../topics/campaign-donations.ts'
import { campaignTotal } from '../../../topics/campaign-total.ts'

interface OfCampaign {
  readonly campaignId: string
}

function Total({ campaignId, id }: OfCampaign & { readonly id: string }): ReactNode {
  const { value, missing } = useLiveState(campaignTotal, { campaignId })
  return h('output', { id }, missing ? 'missing' : (value?.total.value ?? 'nothing yet'))
}

function Gifts({ campaignId }: OfCampaign): ReactNode {
  const { rows } = useFeed(campaignDonations, { campaignId }, { last: 5, keep: 10 })
  return h(
    'ul',
    null,
    rows.map((row) =>
      h(
        'li',
        { key: rowKey(row), className: row.kind },
        row.kind === 'entry' ? `${row.sequence}: ${row.value.amount.value}` : `${row.from} to ${row.to}`,
      ),
    ),
  )
}

function Status(): ReactNode {
  return h('p', { id: 'status' }, useConnection().state)
}

/** Two totals of one campaign, its gifts, and the connection. */
export function Campaign({ campaignId }: OfCampaign): ReactNode {
  return [
    h(Total, { key: 'a', id: 'total-a', campaignId }),
    h(Total, { key: 'b', id: 'total-b', campaignId }),
    h(Gifts, { key: 'gifts', campaignId }),
    h(Status, { key: 'status' }),
  ]
}
