/**
 * Every environment variable that a function reads, in one place, checked when the function starts.
 *
 * Besides these, Lambda and the AWS SDK read `AWS_REGION`, `AWS_ENDPOINT_URL_…` and the credentials, and Powertools
 * reads `POWERTOOLS_SERVICE_NAME`, `POWERTOOLS_METRICS_NAMESPACE` and `POWERTOOLS_LOG_LEVEL`.
 *
 * @module
 */
import { connectionLifeSeconds } from '../../topics/contract/aws-limits.ts'
import { type ClaimValue, parseClaimValues, parseIssuer } from './oidc-variables.ts'
import { checkWebhookUrl } from './webhook.ts'
import { parseServiceTokens, type ServiceToken } from './service-tokens.ts'

interface Variable<Value> {
  readonly description: string
  /** Used when the variable is absent or empty; without it the variable must be there. */
  readonly default?: string
  /** Throws an Error that says what is wrong with `text`. */
  readonly parse: (text: string) => Value
}

const text = (description: string): Variable<string> => ({ description, parse: (value) => value })

const integer = (
  description: string,
  range: { default: number; min: number; max: number },
): Variable<number> => ({
  description,
  default: String(range.default),
  parse(value) {
    const number = Number(value)
    if (!Number.isInteger(number) || number < range.min || number > range.max) {
      throw new Error(`is ${JSON.stringify(value)}: use a whole number from ${range.min} to ${range.max}`)
    }
    return number
  },
})

const url = (description: string): Variable<string> => ({
  description,
  parse(value) {
    if (!URL.canParse(value))
      throw new Error(`is ${JSON.stringify(value)}: use a whole address with its scheme`)
    return value
  },
})

/** Each variable: what it is for, its default, and how it is read. docs/configuration.md is made from this. */
export const environmentVariables = {
  DONATIONS_TABLE: text('Name of the table of campaigns and donations.'),
  LIVE_TABLE: text('Name of the table of heads and logs.'),
  SESSIONS_TABLE: text('Name of the table that counts sessions per address, and knows who is revoked.'),
  PRESENCE_TABLE: text('Name of the table of who watches, and of the counts.'),
  DONATION_RECEIVED_TOPIC: text('ARN of the SNS topic of accepted donations.'),
  DOMAIN_EVENTS_TOPIC: text('ARN of the SNS topic of domain events.'),
  RELAY_FAILURES_QUEUE_URL: url('SQS queue of events that SNS or SQS refused for good.'),
  LEDGER_QUEUE_URL: url('SQS queue of accepted donations, for when SNS throttles.'),
  QUIET_QUEUE_URL: url('SQS queue of topics that fell quiet, whose head is sent once more.'),
  DESK_TABLE: text('Name of the table of conversations, suggestions, agents and saved replies.'),
  INTERCOM_SECRET_PARAMETER: text(
    "SSM parameter with the client secret of Intercom's app, which signs its notifications; several, one a line, while it is changed.",
  ),
  INTAKE_QUEUE_URL: url("SQS queue of notifications that the desk's table did not take."),
  RANK_QUEUE_URL: url('SQS queue of questions that want saved replies.'),
  OFFER_QUEUE_URL: url('SQS queue of the replies that were found, and of the deadlines of finding them.'),
  SETTLE_QUEUE_URL: url('SQS queue of what happened to conversations, and of the deadlines of suggestions.'),
  ESCALATION_SECONDS: integer('How long an agent has for a suggestion, seconds; then it is escalated.', {
    default: 300,
    min: 1,
    max: 900,
  }),
  SERVICE_TOKENS: {
    description: 'Bearer tokens of services and staff: `name:role:sha256hex`, separated by commas.',
    default: '',
    parse: parseServiceTokens,
  } satisfies Variable<readonly ServiceToken[]>,
  DONATIONS_FROM: {
    description: '`service`: POST /donations wants a bearer token. `anyone`: visitors may use it too.',
    default: 'service',
    parse(value): 'service' | 'anyone' {
      if (value !== 'service' && value !== 'anyone') {
        throw new Error(`is ${JSON.stringify(value)}: use service or anyone`)
      }
      return value
    },
  } satisfies Variable<'service' | 'anyone'>,
  RECEIPT_FAILURES_QUEUE_URL: url('SQS queue of receipts that SES refused for good.'),
  MAIL_FROM: text('Sender of receipts: an address that SES has verified.'),
  SIGNING_KEY_PARAMETER: text('SSM parameter with the private key that signs tokens, PEM.'),
  SIGNING_PUBLIC_KEYS_PARAMETER: text('SSM parameter with the public keys that verify tokens, PEM blocks.'),
  IOT_ENDPOINT: url('What browsers connect to: wss://host/mqtt.'),
  AUTHORIZER_NAME: text('Name of the AWS IoT custom authorizer.'),
  IOT_ARN_PREFIX: text('How the ARNs in policies begin: arn:aws:iot:<region>:<account>.'),
  OUTBOUND_PER_SECOND: integer(
    "Messages a second that the account may send to all receivers, where AWS has raised it. 0: the Region's quota.",
    { default: 0, min: 0, max: 100_000_000 },
  ),
  CONNECTS_PER_SECOND: integer(
    "Connections that the account may open in a second, where AWS has raised it. 0: the Region's quota.",
    { default: 0, min: 0, max: 100_000_000 },
  ),
  SUBSCRIBES_PER_SECOND: integer(
    "Topics that the account may subscribe to in a second, where AWS has raised it. 0: the Region's quota.",
    { default: 0, min: 0, max: 100_000_000 },
  ),
  SESSIONS_PER_MINUTE: integer('Sessions an address may open a minute (IPv6: its /64).', {
    default: 120,
    min: 1,
    max: 1_000_000,
  }),
  SESSION_SECONDS: integer('How long a token lasts, seconds.', { default: 3600, ...connectionLifeSeconds }),
  CONTACTS_TABLE: text('Name of the table of contacts.'),
  CONTACTS_PER_MINUTE: integer('Contacts an address may send a minute (IPv6: its /64).', {
    default: 10,
    min: 1,
    max: 1_000_000,
  }),
  CRM_WEBHOOK_URL: {
    description: 'Where the CRM takes contacts: https, or http on this machine. Empty: there is no CRM.',
    default: '',
    parse: (value) => (value === '' ? '' : checkWebhookUrl(value)),
  } satisfies Variable<string>,
  CRM_SECRET_PARAMETER: text(
    "SSM parameter with the secret of the CRM's webhook, `whsec_<base64>`; several, one a line, while it is changed.",
  ),
  CRM_PER_SECOND: integer('Contacts a second that the CRM is told of, at most.', {
    default: 10,
    min: 1,
    max: 1_000,
  }),
  CRM_PAUSE_SECONDS: integer(
    'How long a CRM that fails is left alone at first, seconds; twice as long each time, up to five minutes.',
    { default: 10, min: 1, max: 300 },
  ),
  OIDC_ISSUER: {
    description:
      "Issuer of people's ID tokens (OpenID Connect), as their `iss` says it. Empty: nobody signs in, only visitors come.",
    default: '',
    parse: parseIssuer,
  } satisfies Variable<string>,
  OIDC_CLIENT_ID: {
    ...text(
      "The client ID that the issuer knows the pages by: an ID token's audience. Wanted with OIDC_ISSUER.",
    ),
    default: '',
  },
  OIDC_SCOPE: {
    ...text(
      'Scopes that the pages ask the issuer for; some issuers give a refresh token for `offline_access`.',
    ),
    default: 'openid profile',
  },
  OIDC_ROLES_CLAIM: {
    ...text("The ID token's claim with a person's roles: a name, or a path such as `realm_access.roles`."),
    default: 'roles',
  },
  OIDC_VALUES: {
    description:
      "Values of a person that topics' parameters may be bound to: `agentId`, or `agentId=custom:agentId` where the claim's name is another; separated by commas.",
    default: 'agentId',
    parse: parseClaimValues,
  } satisfies Variable<readonly ClaimValue[]>,
}

type Variables = typeof environmentVariables
export type VariableName = keyof Variables
export type Environment<Name extends VariableName> = {
  readonly [N in Name]: ReturnType<Variables[N]['parse']>
}

/** A variable is missing or unfit. The message names every one, what it is for, and what would fit. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
  readonly code = 'ENVIRONMENT_UNFIT'
}

/** The named variables, parsed. Throws EnvironmentError listing everything that is wrong at once. */
export function readEnvironment<const Name extends VariableName>(
  names: readonly Name[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Environment<Name> {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const name of names) {
    const variable: Variable<unknown> = environmentVariables[name]
    const text = environment[name] || variable.default
    if (text === undefined) {
      problems.push(`${name} is not set. ${variable.description}`)
      continue
    }
    try {
      values[name] = variable.parse(text)
    } catch (error) {
      problems.push(
        `${name} ${error instanceof Error ? error.message : String(error)}. ${variable.description}`,
      )
    }
  }
  if (problems.length > 0) throw new EnvironmentError(problems.join('\n'))
  return values as Environment<Name>
}
