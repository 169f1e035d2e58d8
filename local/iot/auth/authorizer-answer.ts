/**
 * Reads what an authorizer answers, as strictly as IoT Core does: a malformed answer lets nobody in. Pure.
 * docs/aws-iot-core.md §5a.
 *
 * @module
 */
import { connectionLifeSeconds, policyDocumentsMax } from '../limits.ts'
import { readPolicyDocument, type Statement } from '../policy/document.ts'

export interface AuthorizerAnswer {
  readonly isAuthenticated: boolean
  readonly principal: string
  readonly statements: readonly Statement[]
  /** The policy documents that they were read from, as JSON: what a connection keeps. */
  readonly documents: string
  /** Seconds after which the connection is closed. Default: 86400. */
  readonly disconnectAfterSeconds: number
  /** Seconds after which the authorizer is asked again. Default: never. */
  readonly refreshAfterSeconds: number | undefined
}

/** An answer that IoT Core would not take. */
export class AuthorizerAnswerError extends Error {
  override readonly name = 'AuthorizerAnswerError'
  readonly code = 'MALFORMED_ANSWER'
}

/** Throws AuthorizerAnswerError or PolicyDocumentError for a malformed answer; a plain no is an answer. */
export function readAuthorizerAnswer(answer: unknown): AuthorizerAnswer {
  if (typeof answer !== 'object' || answer === null)
    return malformed(`the authorizer answered ${JSON.stringify(answer) ?? 'nothing'}, not an object`)
  const fields = answer as Record<string, unknown>
  const isAuthenticated = fields['isAuthenticated']
  if (typeof isAuthenticated !== 'boolean')
    return malformed(`isAuthenticated is ${JSON.stringify(isAuthenticated)}, not a boolean`)
  if (!isAuthenticated) return refused
  const principal = fields['principalId']
  if (typeof principal !== 'string' || !/^[A-Za-z0-9]{1,128}$/.test(principal))
    return malformed(`principalId is ${JSON.stringify(principal)}; AWS takes 1 to 128 letters and digits`)
  const documents = fields['policyDocuments']
  if (!Array.isArray(documents)) return malformed('policyDocuments is not a list')
  if (documents.length > policyDocumentsMax)
    return malformed(`there are ${documents.length} policyDocuments; AWS takes ${policyDocumentsMax}`)
  return {
    isAuthenticated,
    principal,
    statements: readDocuments(documents),
    documents: JSON.stringify(documents),
    disconnectAfterSeconds: seconds(fields, 'disconnectAfterInSeconds') ?? connectionLifeSeconds.max,
    refreshAfterSeconds: seconds(fields, 'refreshAfterInSeconds'),
  }
}

/** The statements of documents that were read before. */
export function readDocuments(documents: readonly unknown[]): Statement[] {
  return documents.flatMap((document, index) => readPolicyDocument(document, index))
}

const refused: AuthorizerAnswer = {
  isAuthenticated: false,
  principal: '',
  statements: [],
  documents: '[]',
  disconnectAfterSeconds: connectionLifeSeconds.max,
  refreshAfterSeconds: undefined,
}

function seconds(fields: Record<string, unknown>, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  const { min, max } = connectionLifeSeconds
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    return malformed(`${name} is ${JSON.stringify(value)}; AWS takes ${min} to ${max}`)
  return value
}

function malformed(message: string): never {
  throw new AuthorizerAnswerError(message)
}
