import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { VerifySession } from '../admission.ts'
import { ssmParameter } from '../ssm-parameter.ts'
import { admitBearer } from './bearer-token.ts'
import { dynamoDbRevokedAt } from './dynamodb-revocations.ts'
import { createRevocationLookup } from './revocation-lookup.ts'
import { readPublicKeys } from './token-signature.ts'

/**
 * Reads the session tokens that HTTP requests carry, against the public keys in SSM and who was revoked. Keep it for an
 * instance's life: it holds the keys for five minutes, and for a second whether anybody was revoked. The function needs
 * ssm:GetParameter on SIGNING_PUBLIC_KEYS_PARAMETER and dynamodb:GetItem on SESSIONS_TABLE.
 */
export function createVerifySession(
  client: DynamoDBClient,
  environment: { readonly SESSIONS_TABLE: string; readonly SIGNING_PUBLIC_KEYS_PARAMETER: string },
): VerifySession {
  const publicKeys = ssmParameter(environment.SIGNING_PUBLIC_KEYS_PARAMETER, readPublicKeys)
  const isRevoked = createRevocationLookup(dynamoDbRevokedAt(client, environment.SESSIONS_TABLE))
  return (bearer) => admitBearer(bearer, { publicKeys, isRevoked, now: Date.now })
}
