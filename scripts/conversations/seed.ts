/** The desk of a local stack: its agents, whom the development issuer knows as well, and the saved replies of data/. */
import { readFileSync } from 'node:fs'
import type { HttpClient } from '../replay/post.ts'

/** Agents, by the admin of the help desk that each is. */
export const deskAgents = [
  { agentId: 'ada', name: 'Ada', intercomAdminId: '5011' },
  { agentId: 'ben', name: 'Ben', intercomAdminId: '5012' },
  { agentId: 'lee', name: 'Lee', intercomAdminId: '5013' },
] as const

interface SavedReplyFile {
  readonly replyId: string
  readonly title: string
  readonly text: string
  readonly keywords: readonly string[]
}

/** The saved replies of data/saved-replies.json. */
function readSavedReplies(): readonly SavedReplyFile[] {
  return JSON.parse(
    readFileSync(new URL('../../data/saved-replies.json', import.meta.url), 'utf8'),
  ) as SavedReplyFile[]
}

/** The API refused what the desk is made of. */
export class SeedError extends Error {
  override readonly name = 'SeedError'
}

/**
 * Makes the agents, and the saved replies where there are none: who has some keeps theirs. Answers how many replies were
 * put. Throws SeedError.
 */
export async function seedDesk(client: HttpClient, staffToken: string): Promise<number> {
  const headers = { authorization: `Bearer ${staffToken}`, 'content-type': 'application/json' }
  const put = async (path: string, body: object): Promise<void> => {
    const answer = await client.send('PUT', path, headers, JSON.stringify(body))
    if (answer.status >= 300) throw new SeedError(`PUT ${path} answered ${answer.status}: ${answer.body}`)
  }
  for (const { agentId, ...agent } of deskAgents) await put(`/agents/${agentId}`, agent)
  const kept = await client.send('GET', '/replies', headers)
  if (kept.status !== 200) throw new SeedError(`GET /replies answered ${kept.status}: ${kept.body}`)
  if ((JSON.parse(kept.body) as { replies: unknown[] }).replies.length > 0) return 0
  const replies = readSavedReplies()
  for (const { replyId, ...reply } of replies) await put(`/replies/${replyId}`, reply)
  return replies.length
}
