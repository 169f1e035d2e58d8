/**
 * Policy documents as AWS takes them from an authorizer: at most 10 of 2048 characters each.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
 *
 * @module
 */
import { policyDocumentCharactersMax } from './aws-limits.ts'

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string
  readonly Resource: readonly string[]
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

const emptyDocumentCharacters = JSON.stringify({ Version: '2012-10-17', Statement: [] }).length

/**
 * The statements in as many documents as they need, each as full as it can be; resources of one action and effect
 * share a statement. An explicit Deny counts wherever it stands.
 */
export function packDocuments(statements: readonly PolicyStatement[]): PolicyDocument[] {
  const documents: {
    Version: '2012-10-17'
    Statement: { Effect: 'Allow' | 'Deny'; Action: string; Resource: string[] }[]
  }[] = []
  let characters = Number.POSITIVE_INFINITY
  for (const { Effect, Action, Resource } of statements) {
    for (const resource of Resource) {
      const last = documents.at(-1)?.Statement.at(-1)
      // `,"…"` in a list that is there, or a statement of its own.
      const joined = JSON.stringify(resource).length + 1
      if (
        last?.Effect === Effect &&
        last.Action === Action &&
        characters + joined <= policyDocumentCharactersMax
      ) {
        last.Resource.push(resource)
        characters += joined
        continue
      }
      const alone = JSON.stringify({ Effect, Action, Resource: [resource] }).length + 1
      if (characters + alone > policyDocumentCharactersMax) {
        documents.push({ Version: '2012-10-17', Statement: [] })
        // The first statement of a document has no comma before it.
        characters = emptyDocumentCharacters - 1
      }
      documents.at(-1)?.Statement.push({ Effect, Action, Resource: [resource] })
      characters += alone
    }
  }
  return documents
}
