/**
 * What a conformance case is, and the names they run under.
 *
 * @module
 */
import type { Stage } from './stage.ts'
import type { Ability, Target, Version } from './target.ts'

export interface ConformanceCase {
  /** Of docs/aws-iot-core.md: `§2.4`. */
  readonly section: string
  readonly name: string
  /** Default: 4 and 5. */
  readonly versions?: readonly Version[]
  /** `mqtt`: what MQTT says and AWS keeps, so any broker must do it. `aws`: where AWS departs from MQTT, or adds to it. */
  readonly of: 'mqtt' | 'aws'
  /** Default: none. */
  readonly needs?: readonly Ability[]
  /** Throws where the broker does not do so. */
  readonly run: (stage: Stage) => Promise<void>
}

/** A case on one version of MQTT. */
export interface NamedCase {
  /** `§2.4 an empty retained publish deletes (MQTT 5)` */
  readonly name: string
  readonly version: Version
  readonly case: ConformanceCase
}

/** Every case on each of its versions that a target can run. */
export function casesFor(
  cases: readonly ConformanceCase[],
  { abilities }: Pick<Target, 'abilities'>,
): NamedCase[] {
  return cases
    .filter(({ needs = [] }) => needs.every((need) => abilities.has(need)))
    .flatMap((each) =>
      (each.versions ?? ([4, 5] as const)).map((version) => ({
        name: `${each.section} ${each.name} (MQTT ${version === 4 ? '3.1.1' : '5'})`,
        version,
        case: each,
      })),
    )
}
