// Made by `npm run topics` from the files beside it; `npm start` and the deploy build make it anew. Do not edit.
import { campaignDonations } from './campaign-donations.ts'
import { campaignTotal } from './campaign-total.ts'
import type { TopicContract } from './contract/index.ts'

/** Every topic contract of the project. */
export const contracts: readonly TopicContract[] = [campaignDonations, campaignTotal]
