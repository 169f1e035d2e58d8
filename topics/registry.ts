// Made by `npm run topics` from the files beside it; `npm start` and the deploy build make it anew. Do not edit.
import { agentSearch } from './agent-search.ts'
import { agentSuggestions } from './agent-suggestions.ts'
import { campaignDonations } from './campaign-donations.ts'
import { campaignTotal } from './campaign-total.ts'
import { campaignWatching } from './campaign-watching.ts'
import { staffContacts } from './staff-contacts.ts'
import { staffEscalations } from './staff-escalations.ts'
import type { TopicContract } from './contract/index.ts'

/** Every topic contract of the project. */
export const contracts: readonly TopicContract[] = [
  agentSearch,
  agentSuggestions,
  campaignDonations,
  campaignTotal,
  campaignWatching,
  staffContacts,
  staffEscalations,
]
