/**
 * The osls plugin of the deploy build: roles before the functions are compiled, alarms and the authorizer's public keys
 * once the template stands. What it adds is in roles.ts, alarms.ts and signing-keys.ts.
 *
 * @module
 */
import { updateRegistry } from '../build/registry.ts'
import { alarmResources } from './alarms.ts'
import { type FunctionDefinition, type Resource, upperFirst } from './cloudformation.ts'
import { unfitPolicies } from './policies.ts'
import { roleOf } from './roles.ts'
import { missingKey, type PublicKeys, readPublicKeys } from './signing-keys.ts'

/** What of osls the plugin uses; osls ships no types. */
interface Serverless {
  readonly serviceDir: string
  readonly processedInput: { readonly commands: readonly string[] }
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  readonly configSchemaHandler: {
    defineFunctionProperties(provider: string, schema: unknown): void
  }
  getProvider(name: 'aws'): { getStage(): string }
  readonly service: {
    readonly service: string
    readonly custom: { readonly alarmEmail?: string }
    readonly functions: Record<string, FunctionDefinition>
    readonly resources: { readonly Resources: Record<string, Resource> }
    readonly provider: {
      readonly compiledCloudFormationTemplate: { readonly Resources: Record<string, Resource> }
    }
  }
}

interface Writers {
  readonly log: { warning(text: string): void }
}

/** Functions whose throttling turns a donor away. */
const neverThrottled = ['DonationsAcceptLambdaFunction']

export default class FanfareDeploy {
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>
  private readonly serverless: Serverless
  private readonly writers: Writers

  constructor(serverless: Serverless, _options: unknown, writers: Writers) {
    this.serverless = serverless
    this.writers = writers
    serverless.configSchemaHandler.defineFunctionProperties('aws', {
      properties: { permissions: permissionsSchema },
    })
    this.hooks = {
      initialize: async () => {
        if (serverless.processedInput.commands.join(' ') === 'deploy') this.checkBeforeDeploy()
        await this.addRoles()
      },
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        this.addSigningKeys()
        this.addAlarms()
      },
    }
  }

  /** A deploy that cannot work is refused before anything is built or sent. */
  private checkBeforeDeploy(): void {
    const stage = this.serverless.getProvider('aws').getStage()
    const { Resources } = this.serverless.service.resources
    if (this.publicKeys(Resources) === undefined) this.refuse(missingKey(stage), 'NO_SIGNING_KEYS')
    for (const [name, consequence] of [
      ['SERVICE_TOKENS', 'nobody can create a campaign or post a donation'],
      ['MAIL_FROM', 'receipts come from donations@example.org, which SES will refuse'],
    ] as const) {
      if (!process.env[name]) this.writers.log.warning(`${name} is not set: ${consequence} (docs/deploy.md)`)
    }
  }

  private async addRoles(): Promise<void> {
    updateRegistry(this.serverless.serviceDir, { write: true })
    const { contracts } = await import('../../topics/registry.ts')
    const unfit = unfitPolicies(contracts)
    if (unfit !== undefined) this.refuse(unfit, 'UNFIT_POLICIES')
    const { functions, resources } = this.serverless.service
    for (const [key, fn] of Object.entries(functions)) {
      const id = `${upperFirst(key)}Role`
      resources.Resources[id] = roleOf(fn, contracts)
      fn.role = id
    }
  }

  private addSigningKeys(): void {
    const { Resources } = this.serverless.service.provider.compiledCloudFormationTemplate
    const authorizer = Resources['Authorizer']
    if (!authorizer) return
    const keys = this.publicKeys(Resources) ?? {
      current: missingKey(this.serverless.getProvider('aws').getStage()),
    }
    Resources['Authorizer'] = {
      ...authorizer,
      Properties: { ...authorizer.Properties, TokenSigningPublicKeys: keys },
    }
  }

  private addAlarms(): void {
    const { service, custom, provider } = this.serverless.service
    const { Resources } = provider.compiledCloudFormationTemplate
    const alarms = alarmResources(Resources, {
      prefix: `${service}-${this.serverless.getProvider('aws').getStage()}`,
      email: custom.alarmEmail ?? '',
      neverThrottled,
    })
    Object.assign(Resources, alarms)
  }

  private publicKeys(resources: Readonly<Record<string, Resource>>): PublicKeys | undefined {
    const fromTemplate = resources['Authorizer']?.Properties?.['TokenSigningPublicKeys'] ?? {}
    const stage = this.serverless.getProvider('aws').getStage()
    try {
      return readPublicKeys(this.serverless.serviceDir, stage, fromTemplate as PublicKeys)
    } catch (error) {
      return this.refuse((error as Error).message, 'BAD_SIGNING_KEYS')
    }
  }

  private refuse(message: string, code: string): never {
    throw new this.serverless.classes.Error(message, code)
  }
}

/** `permissions` of a function in serverless.yml: a list of IAM statements. */
const permissionsSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      Effect: { enum: ['Allow', 'Deny'] },
      Action: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
      Resource: {},
      Condition: { type: 'object' },
    },
    required: ['Action', 'Resource'],
    additionalProperties: false,
  },
}
