/**
 * Who may read a recorded topic by HTTP: who may subscribe to it, by the same rule and with the same token.
 *
 * @module
 */
import { type Claims, findContract, mayHear, type RecordedContract } from '../../topics/contract/index.ts'
import { forbidden, unauthorised } from '../platform/http.ts'
import type { Head } from '../platform/live-table.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'

export interface ReaderPorts {
  readonly contracts: readonly RecordedContract[]
  /** The claims of a bearer token; undefined when it is not valid, or no longer. */
  readonly verify: (bearer: string) => Promise<Claims | undefined>
}

/** The topic's contract, once the bearer may hear it. Throws ProblemError 400, 401, 403 or 404. */
export async function admitReader(
  topic: string | undefined,
  bearer: string | undefined,
  ports: ReaderPorts,
): Promise<{ name: string; contract: RecordedContract; parameters: Readonly<Record<string, string>> }> {
  if (!topic) throw badParameter('topic', topic, 'is missing', 'send ?topic=campaigns/<campaignId>/total')
  const found = findContract(ports.contracts, topic)
  if (!found) throw unknownTopic(topic, 'no contract names it')
  const { contract, parameters } = found
  if (contract.subscribe.rule === 'anyone') return { name: topic, contract, parameters }
  const remedy = 'send `Authorization: Bearer <token>.<signature>` of a session that may hear the topic'
  if (bearer === undefined)
    throw unauthorised('this topic is not for everyone, and no token was sent', remedy)
  const claims = await ports.verify(bearer)
  if (!claims) throw unauthorised('the token is not valid, or no longer', remedy)
  if (!mayHear(contract, claims, parameters)) {
    throw forbidden(`the token's bearer may not hear ${quoteValue(topic)}`, remedy)
  }
  return { name: topic, contract, parameters }
}

/** The topic's head. Throws ProblemError 404 when it has none. */
export async function headOf(
  topic: string,
  table: { head(topic: string): Promise<Head | undefined> },
): Promise<Head> {
  const head = await table.head(topic)
  if (!head) throw unknownTopic(topic, 'nothing was ever written to it')
  return head
}

/** 400: a query parameter, with the value seen. */
export function badParameter(
  field: string,
  value: string | undefined,
  problem: string,
  remedy: string,
): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'parameter-unfit',
    title: 'A query parameter does not fit',
    detail: value === undefined ? `${field} ${problem}` : `${field} is ${quoteValue(value)} and ${problem}`,
    remedy,
    errors: [{ field, value: quoteValue(value), problem }],
  })
}

/** 404, with why. */
function unknownTopic(topic: string, problem: string): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'topic-unknown',
    title: 'There is no such topic',
    detail: `topic is ${quoteValue(topic)}; ${problem}`,
    remedy: 'check the name; a campaign has its topics once staff created it',
  })
}
