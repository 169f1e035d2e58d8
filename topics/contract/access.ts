/**
 * Who may hear a topic, and who may publish to it, as data: one rule is enforced alike by the authorizer's policy and by
 * `/state`, `/events` and `/inbox`.
 *
 * @module
 */

export type Access =
  | { readonly rule: 'anyone' }
  | { readonly rule: 'signedIn' }
  /** The claim of this name equals the pattern's parameter of the same name. */
  | { readonly rule: 'claim'; readonly claim: string }
  /** One of the principal's roles is this one. */
  | { readonly rule: 'role'; readonly role: string }
  /** No principal: only functions. */
  | { readonly rule: 'nobody' }

/** Every visitor, signed in or not. */
export const anyone: Access = { rule: 'anyone' }

/** No principal, only functions: a topic for other functions and rules, or a signal that no browser sends. */
export const nobody: Access = { rule: 'nobody' }

/** Everyone who signed in. */
export const signedIn: Access = { rule: 'signedIn' }

/** Whose claim equals the pattern's parameter: `claim('agentId')` on `agents/{agentId}/suggestions`. */
export function claim(name: string): Access {
  return { rule: 'claim', claim: name }
}

/** Who has this role. */
export function role(name: string): Access {
  return { rule: 'role', role: name }
}

/** A rule as a contract's file writes it: `anyone`, `role('staff')`. */
export function describeAccess(access: Access): string {
  if (access.rule === 'role') return `role('${access.role}')`
  return access.rule === 'claim' ? `claim('${access.claim}')` : access.rule
}

/** What a verified token says of its bearer. */
export interface Claims {
  /** Alphanumeric, 1 to 100 characters: AWS's principalId, and the stem of the client IDs. */
  readonly principal: string
  /** False for a visitor. */
  readonly signedIn: boolean
  readonly roles: readonly string[]
  /** Values that `claim()` binds to parameters. */
  readonly values: Readonly<Record<string, string>>
  /**
   * Which of a person's pairs of client IDs these are for: who is signed in on several devices has a pair on each.
   * Default: 0, a visitor's only one.
   */
  readonly seat?: number
}

/** The value of a claim; undefined when the bearer has none of that name, whatever every object has (`constructor`). */
export function claimed({ values }: Claims, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

/** Whether the bearer meets a rule on the topic that these parameters name. */
export function meets(
  access: Access,
  claims: Claims | undefined,
  parameters: Readonly<Record<string, string>>,
): boolean {
  switch (access.rule) {
    case 'anyone':
      return true
    case 'nobody':
      return false
    case 'signedIn':
      return claims?.signedIn === true
    case 'role':
      return claims?.signedIn === true && claims.roles.includes(access.role)
    case 'claim': {
      const value = claims && claimed(claims, access.claim)
      return claims?.signedIn === true && value !== undefined && value === parameters[access.claim]
    }
  }
}

/** Whether the bearer may hear the topic of `contract` that these parameters name, by MQTT and by HTTP. */
export function mayHear(
  contract: { readonly subscribe: Access },
  claims: Claims | undefined,
  parameters: Readonly<Record<string, string>>,
): boolean {
  return meets(contract.subscribe, claims, parameters)
}

/** Whether the bearer may publish to it by MQTT; a topic that has a head is published to by functions only. */
export function mayPublish(
  contract: { readonly topic: string; readonly publish?: Access },
  claims: Claims | undefined,
  parameters: Readonly<Record<string, string>>,
): boolean {
  return meets(contract.publish ?? nobody, claims, parameters)
}
