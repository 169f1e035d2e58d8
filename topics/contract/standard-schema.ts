/**
 * The part of Standard Schema v1 (https://standardschema.dev) that contracts use, so that any library that speaks it
 * (Valibot, Zod, ArkType) may describe a payload.
 *
 * @module
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Validates now. A schema that answers with a promise is refused: a message is checked between two network reads. */
export function validateNow<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
): StandardResult<Output> {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw new TypeError('no schema that validates synchronously')
  return result
}

/** At most so many characters of a text that somebody else chose. */
export const shorten = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max)}…` : text

/** What is told of what does not fit: whoever sends a signal chooses how much that is. */
const told = { issues: 5, characters: 200 } as const

/** `amount.value: expected a number`, one line an issue, joined with `; `; at most five, each in short. */
export function describeIssues(issues: readonly StandardIssue[]): string {
  const lines = issues.slice(0, told.issues).map(({ path = [], message }) => {
    const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
    return shorten(keys.length > 0 ? `${keys.join('.')}: ${message}` : message, told.characters)
  })
  if (issues.length > told.issues) lines.push(`and ${issues.length - told.issues} more`)
  return lines.join('; ')
}
