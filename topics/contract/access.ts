/**
 * Who may hear a topic, as data: one rule is enforced alike by the authorizer's policy and by `/state` and `/events`.
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

/** Every visitor, signed in or not. */
export const anyone: Access = { rule: 'anyone' }

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

/** What a verified token says of its bearer. */
export interface Claims {
  /** Alphanumeric, 1 to 100 characters: AWS's principalId, and the stem of the client IDs. */
  readonly principal: string
  /** False for a visitor. */
  readonly signedIn: boolean
  readonly roles: readonly string[]
  /** Values that `claim()` binds to parameters. */
  readonly values: Readonly<Record<string, string>>
}

/** Whether the bearer may hear the topic that these parameters name. */
export function mayHear(
  access: Access,
  claims: Claims | undefined,
  parameters: Readonly<Record<string, string>>,
): boolean {
  switch (access.rule) {
    case 'anyone':
      return true
    case 'signedIn':
      return claims?.signedIn === true
    case 'role':
      return claims?.signedIn === true && claims.roles.includes(access.role)
    case 'claim': {
      const value = claims?.values[access.claim]
      return claims?.signedIn === true && value !== undefined && value === parameters[access.claim]
    }
  }
}
