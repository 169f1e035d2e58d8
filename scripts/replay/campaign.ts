/** The campaign that a replay drives, over the HTTP API. */
import type { HttpClient } from './post.ts'

export interface CampaignFigures {
  readonly total: { readonly value: number; readonly currency: string }
  readonly donations: number
}

/** The replay cannot begin or go on: one line, with the remedy. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError'
}

export async function readCampaign(
  client: HttpClient,
  campaign: string,
): Promise<CampaignFigures | undefined> {
  const answer = await client.send('GET', `/campaigns/${campaign}`, {})
  if (answer.status === 404) return undefined
  if (answer.status !== 200)
    throw new ReplayError(`GET /campaigns/${campaign} answered ${answer.status}: ${answer.body}`)
  return JSON.parse(answer.body) as CampaignFigures
}

/** The campaign as it stands, made first when it is missing. */
export async function openCampaign(
  client: HttpClient,
  options: { campaign: string; currency: string; staffToken: string },
): Promise<CampaignFigures> {
  const { campaign, currency } = options
  const found = await readCampaign(client, campaign)
  if (found) {
    if (found.total.currency !== currency) {
      throw new ReplayError(
        `campaign ${campaign} counts ${found.total.currency}, the file ${currency}. Give --currency or another --campaign.`,
      )
    }
    return found
  }
  const answer = await client.send(
    'PUT',
    `/campaigns/${campaign}`,
    { 'content-type': 'application/json', authorization: `Bearer ${options.staffToken}` },
    JSON.stringify({ name: campaign === 'telethon' ? 'Summer telethon' : campaign, currency }),
  )
  if (answer.status >= 300) {
    throw new ReplayError(
      `PUT /campaigns/${campaign} answered ${answer.status}: ${answer.body}. Give --staff-token.`,
    )
  }
  return (await readCampaign(client, campaign)) ?? { total: { value: 0, currency }, donations: 0 }
}

/** Polls until the campaign holds `donations`, or nothing has moved for `patienceMs`. */
export async function waitForRecorded(
  client: HttpClient,
  campaign: string,
  donations: number,
  patienceMs: number,
): Promise<CampaignFigures> {
  let best: CampaignFigures = { total: { value: 0, currency: '' }, donations: -1 }
  let movedAt = Date.now()
  for (;;) {
    const now = await readCampaign(client, campaign)
    if (now && now.donations > best.donations) {
      best = now
      movedAt = Date.now()
    }
    if (best.donations >= donations || Date.now() - movedAt > patienceMs) return best
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
