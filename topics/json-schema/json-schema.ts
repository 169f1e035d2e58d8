/**
 * JSON Schema (draft-07, which AsyncAPI 3 takes as it is) of a contract's payload, from whatever library describes it.
 *
 * @module
 */
import { toJsonSchema } from '@valibot/to-json-schema'
import type { StandardSchema } from '../contract/standard-schema.ts'
import { schemaFault } from './well-formed.ts'

/** The keywords that the tools here read; others may stand beside them. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly definitions?: Readonly<Record<string, JsonSchema>>
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly propertyNames?: JsonSchema
  readonly maxProperties?: number
  readonly minProperties?: number
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly prefixItems?: readonly JsonSchema[]
  readonly additionalItems?: boolean | JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly [keyword: string]: unknown
}

/** Standard JSON Schema: what a library offers beside `validate`. https://standardschema.dev/json-schema */
interface JsonSchemaMaker {
  readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown }
}

/**
 * The schema of what stands on the wire, or why there is none, in words. Checks that JSON Schema cannot say (a
 * function of the author's) are left out: the answer then allows more than the contract does.
 */
export function jsonSchemaOf(
  schema: StandardSchema,
): { readonly schema: JsonSchema } | { readonly problem: string } {
  // The type says that there is one; a contract in JavaScript, or one that was not type-checked, may have none.
  const standard = (schema as Partial<StandardSchema> | undefined)?.['~standard']
  if (!standard) return { problem: "it is no schema: it has no '~standard'" }
  const { vendor } = standard
  const make = (standard as JsonSchemaMaker).jsonSchema?.input
  if (!make && vendor !== 'valibot') {
    return { problem: `its schema is of ${vendor}, which offers no JSON Schema ('~standard'.jsonSchema)` }
  }
  try {
    const made = plain(make ? make({ target: 'draft-07' }) : fromValibot(schema))
    const fault = schemaFault(made)
    return fault === undefined
      ? { schema: made }
      : { problem: `the JSON Schema of ${vendor} is none: ${fault}` }
  } catch (error) {
    return {
      problem: `${vendor} gives no JSON Schema: ${error instanceof Error ? error.message : 'it threw no error'}`,
    }
  }
}

function fromValibot(schema: StandardSchema): unknown {
  return toJsonSchema(schema as Parameters<typeof toJsonSchema>[0], {
    typeMode: 'input',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === 'loose_object' ? { ...jsonSchema, additionalProperties: true } : undefined,
    overrideAction: ({ valibotAction, jsonSchema }) =>
      'requirement' in valibotAction && valibotAction.requirement instanceof RegExp
        ? withoutFlags(jsonSchema, valibotAction.requirement)
        : undefined,
  })
}

/** JSON Schema has no flags: a pattern that ignores case, or whose ^ and $ are those of each line, says too much without. */
function withoutFlags<Schema extends { pattern?: string | undefined }>(
  schema: Schema,
  { flags }: RegExp,
): Schema {
  if (!/[im]/.test(flags)) return schema
  const { pattern: _pattern, ...rest } = schema
  return rest as Schema
}

/** As JSON has it, without what names the dialect. */
function plain(made: unknown): JsonSchema {
  const { $schema: _dialect, ...schema } = JSON.parse(JSON.stringify(made)) as JsonSchema
  return schema
}

/** Follows `$ref` within `root`; undefined for one that leads nowhere. */
export function resolveReference(schema: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  if (schema.$ref === undefined) return schema
  if (schema.$ref === '#') return root
  const [, place, name = ''] = /^#\/(\$defs|definitions)\/(.+)$/.exec(schema.$ref) ?? []
  if (place === undefined) return undefined
  const among = (place === '$defs' ? root.$defs : root.definitions) ?? {}
  return Object.hasOwn(among, name) ? among[name] : undefined
}
