/** A contract, a parameter or a payload that breaks a rule. `remedy` says what to do about it. */
export class TopicContractError extends Error {
  override readonly name = 'TopicContractError'
  readonly code: TopicContractErrorCode
  readonly remedy: string

  constructor(code: TopicContractErrorCode, message: string, remedy: string) {
    super(`${message}. ${remedy}.`)
    this.code = code
    this.remedy = remedy
  }
}

export type TopicContractErrorCode =
  | 'INVALID_PATTERN'
  | 'INVALID_PARAMETER'
  | 'INVALID_OPTION'
  | 'INVALID_PAYLOAD'
  | 'OVERLAPPING_CONTRACTS'
  | 'POLICY_TOO_WIDE'
  | 'POLICY_TOO_LARGE'
