/** A contract, a parameter or a payload that breaks a rule. `remedy` says what to do about it. */
export class TopicContractError extends Error {
  override readonly name = 'TopicContractError'
  readonly code: TopicContractErrorCode
  readonly remedy: string
  /** Patterns of the contracts at fault, where they are several. */
  readonly topics: readonly string[]

  constructor(code: TopicContractErrorCode, message: string, remedy: string, topics: readonly string[] = []) {
    super(`${message}. ${remedy}.`)
    this.topics = topics
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
