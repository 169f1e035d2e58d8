/**
 * The test credentials that the broker knows: who signs with them, and what IAM lets them do.
 *
 * @module
 */
import { localAccount } from '../../aws.ts'
import { readPolicyDocument, type Statement } from '../policy/document.ts'

/** An access key of an IAM user or role. docs/aws-iot-core.md §5b. */
export interface CredentialOptions {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** For temporary credentials: a request must carry exactly this. Default: none, and a request must carry none. */
  readonly sessionToken?: string
  /** Who it is: the principal of lifecycle events, denials and logs. Default: the access key ID. */
  readonly principal?: string
  /** IAM policy documents, as objects or JSON, which bound what it may do. Default: everything is allowed. */
  readonly policies?: readonly unknown[]
}

export interface IamCredential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly principal: string
  /** The statements of its policies. */
  readonly allowed: 'everything' | readonly Statement[]
}

/** What a broker without `credentials` knows: the account's own keys, which may do everything. */
export const defaultCredentials: readonly CredentialOptions[] = [
  { accessKeyId: localAccount.accessKeyId, secretAccessKey: localAccount.secretAccessKey },
]

/** Credentials that cannot be used. */
export class CredentialOptionsError extends Error {
  override readonly name = 'CredentialOptionsError'
  readonly code = 'INVALID_CREDENTIALS'
}

/** By access key ID. Throws CredentialOptionsError, or PolicyDocumentError for a policy that IAM would not take. */
export function readCredentialOptions(
  options: readonly CredentialOptions[],
): ReadonlyMap<string, IamCredential> {
  const credentials = new Map<string, IamCredential>()
  for (const option of options) {
    const { accessKeyId, secretAccessKey, sessionToken, principal = accessKeyId, policies } = option
    if (!/^[\w+=,.@-]{1,128}$/.test(accessKeyId))
      throw new CredentialOptionsError(
        `accessKeyId is ${JSON.stringify(accessKeyId)}; use 1 to 128 letters, digits and _+=,.@-`,
      )
    if (secretAccessKey === '')
      throw new CredentialOptionsError(`the secretAccessKey of ${accessKeyId} is empty; give one`)
    if (credentials.has(accessKeyId))
      throw new CredentialOptionsError(`accessKeyId ${accessKeyId} is given twice; give each its own`)
    credentials.set(accessKeyId, {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      principal,
      allowed:
        policies?.flatMap((policy, index) =>
          readPolicyDocument(policy, index, {
            name: `policies of ${accessKeyId}`,
            charactersMax: iamCharactersMax,
          }),
        ) ?? 'everything',
    })
  }
  return credentials
}

/** Characters of an IAM role's inline policies. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const iamCharactersMax = 10_240
