/**
 * What changed since the contracts were released, like an API's diff: a change that would mislead a page that is still
 * open, or a reader of what is recorded, wants a higher version.
 *
 * @module
 */
import { type Access, describeAccess } from '../contract/access.ts'
import { compareSchemas, type SchemaChange } from '../json-schema/compare.ts'
import type { Finding } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'
import { type Released, type ReleasedContract, releaseOf } from './lock.ts'
import { schemaProperty } from './sizes.ts'

const whom: Readonly<Record<SchemaChange['breaks'], string>> = {
  reader: 'pages that are open would refuse new messages',
  record: 'what was recorded would no longer fit',
  both: 'pages that are open would refuse new messages, and what was recorded would no longer fit',
  none: 'nobody is misled',
}

/** What differs from `released`. `lockFile` is where findings about contracts that are gone stand. */
export function changeFindings(
  contracts: readonly LocatedContract[],
  released: Released,
  lockFile: string,
): readonly Finding[] {
  const byTopic = new Map(contracts.map((located) => [located.contract.topic, located]))
  const gone = Object.entries(released)
    .filter(([topic]) => !byTopic.has(topic as never))
    .map(([topic, was]) => goneFinding(topic, was, contracts, lockFile))
  const changed = contracts.flatMap((located) => {
    const was = Object.hasOwn(released, located.contract.topic) ? released[located.contract.topic] : undefined
    return was ? contractChanges(located, was) : [notReleased(located)]
  })
  return [...gone, ...changed]
}

function notReleased({ contract, file, line }: LocatedContract): Finding {
  return {
    level: 'note',
    code: 'NOT_RELEASED',
    file,
    line,
    topic: contract.topic,
    problem: 'is new since the last release',
    remedy: 'nothing depends on it yet; `fanfare check --release` notes it when it goes out',
  }
}

function goneFinding(
  topic: string,
  was: ReleasedContract,
  contracts: readonly LocatedContract[],
  lockFile: string,
): Finding {
  const renamed = contracts.find(({ name }) => name === was.name)
  return {
    level: 'error',
    code: 'CONTRACT_GONE',
    file: renamed?.file ?? lockFile,
    line: renamed?.lineOf('topic') ?? 1,
    topic,
    problem: renamed
      ? `the pattern of ${was.name} is ${renamed.contract.topic} now: pages that are open go on hearing the old one, where nothing comes any more`
      : 'was released and is gone: pages that are open go on hearing it, where nothing comes any more',
    remedy: `keep a contract of the old pattern while pages read it; when none does: fanfare check --release --retire '${topic}'`,
  }
}

function contractChanges(located: LocatedContract, was: ReleasedContract): readonly Finding[] {
  const { contract, file, name } = located
  const is = releaseOf(name, contract)
  // That it cannot be documented is a finding of its own.
  if ('problem' in is) return []
  const place = { file, topic: contract.topic }
  if (is.version < was.version) {
    return [
      {
        ...place,
        level: 'error',
        code: 'VERSION_LOWERED',
        line: located.lineOf('version'),
        problem: `version is ${is.version}, and ${was.version} was released: readers would take new messages for old ones`,
        remedy: `use version ${was.version}, or ${was.version + 1} after a breaking change`,
      },
    ]
  }
  const raised = is.version > was.version
  return differences(is, was).map(({ property, what, breaks }): Finding => {
    const breaking = breaks !== undefined && !raised
    return {
      file,
      topic: contract.topic,
      level: breaking ? 'error' : 'note',
      code: breaking ? 'BREAKING_CHANGE' : breaks === undefined ? 'COMPATIBLE_CHANGE' : 'NEW_VERSION',
      line: located.lineOf(property),
      problem: `${what}${breaks === undefined ? '' : `: ${breaks}`}`,
      remedy: breaking
        ? `raise version to ${was.version + 1}, or take the change back; version ${was.version} was released`
        : '`fanfare check --release` notes it when it goes out',
    }
  })
}

interface Difference {
  readonly property: string
  readonly what: string
  /** Whom it misleads; absent for nobody. */
  readonly breaks?: string
}

function differences(is: ReleasedContract, was: ReleasedContract): readonly Difference[] {
  const found: Difference[] = []
  if (is.kind !== was.kind) {
    return [
      {
        property: 'kind',
        what: `kind was ${was.kind} and is ${is.kind}`,
        breaks: 'pages that are open read another kind of message',
      },
    ]
  }
  found.push(...accessChange('subscribe', was.subscribe, is.subscribe, 'hear'))
  if (was.publish && is.publish) found.push(...accessChange('publish', was.publish, is.publish, 'publish'))
  const property = schemaProperty[is.kind]
  found.push(...schemaChanges(property, compareSchemas(was.schema, is.schema)))
  if (was.reply && is.reply) found.push(...schemaChanges('reply', compareSchemas(was.reply, is.reply)))
  else if (was.reply)
    found.push({ property: 'reply', what: 'reply is gone', breaks: 'who asks waits in vain' })
  else if (is.reply) found.push({ property: 'reply', what: 'reply is new' })
  return found
}

function schemaChanges(property: string, changes: readonly SchemaChange[]): readonly Difference[] {
  return changes.map(({ path, what, breaks }) => ({
    property,
    what: `${path === '' ? property : `${property} ${path}`}: ${what}`,
    ...(breaks === 'none' ? {} : { breaks: whom[breaks] }),
  }))
}

function accessChange(property: string, was: Access, is: Access, verb: string): readonly Difference[] {
  const before = describeAccess(was)
  const after = describeAccess(is)
  if (before === after) return []
  const what = `${property} was ${before} and is ${after}`
  const widened =
    is.rule === 'anyone' || was.rule === 'nobody' || (is.rule === 'signedIn' && was.rule !== 'anyone')
  return [
    widened ? { property, what } : { property, what, breaks: `some who ${verb} it now may not any more` },
  ]
}
