/** What is known of one of AWS's quotas. */
export interface Quota {
  /** As AWS's table has it; Service Quotas lists the adjustable ones by it. */
  readonly name: string
  readonly value: number
  /** In the Regions of `smallRegions`. Default: the same. */
  readonly smallValue?: number
  readonly unit: string
  readonly per:
    | 'account'
    | 'connection'
    | 'client ID'
    | 'topic'
    | 'thing'
    | 'packet'
    | 'message'
    | 'rule'
    | 'shared group'
  /** Whether AWS raises it on request. */
  readonly adjustable: boolean
  /** `rate`: so many a second. `level`: so many at a time. `bound`: of one thing; kept whatever `quotas` says. */
  readonly kind: 'rate' | 'level' | 'bound'
  /** What becomes here of what is over it, where quotas are enforced. */
  readonly over: string
  /** Where one sees it on AWS: CloudWatch metrics of the namespace AWS/IoT, or log entries of AWSIotLogsV2. */
  readonly seen: string
}
