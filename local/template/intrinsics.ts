/**
 * CloudFormation's functions in values: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, `Fn::Select`, `Fn::Split`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 *
 * @module
 */
import { localAccount } from '../aws.ts'
import type { LocalResource } from './resources.ts'
import type { Path } from './yaml-source.ts'

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': localAccount.accountId,
  'AWS::Region': localAccount.region,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
}

export interface IntrinsicScope {
  readonly stackName: string
  readonly resources: ReadonlyMap<string, LocalResource>
  /** Throws the error for a place. */
  readonly fail: (problem: string, remedy: string, path: Path) => never
}

/** A copy of the value with every function carried out; what cannot be known here fails, naming its place. */
export function resolveIntrinsics(value: unknown, path: Path, scope: IntrinsicScope): unknown {
  const { fail, resources } = scope

  function ref(name: string, at: Path): string {
    if (name === 'AWS::StackName') return scope.stackName
    const pseudo = pseudoParameters[name]
    if (pseudo !== undefined) return pseudo
    const resource = resources.get(name)
    return resource ? resource.ref : fail(`!Ref ${name} names no resource that runs here`, knownNames(), at)
  }

  function getAtt(name: string, attribute: string, at: Path): string {
    const resource = resources.get(name)
    if (!resource)
      return fail(`!GetAtt ${name}.${attribute} names no resource that runs here`, knownNames(), at)
    return (
      resource.attributes[attribute] ??
      fail(
        `${name} has no attribute ${attribute}`,
        `the local stack knows ${Object.keys(resource.attributes).join(', ')}`,
        at,
      )
    )
  }

  function knownNames(): string {
    return `the local stack runs ${[...resources.keys()].join(', ')}`
  }

  function sub(argument: unknown, at: Path): string {
    const [text, own] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}]
    if (typeof text !== 'string') return fail('!Sub wants a text', 'write !Sub text-with-${Name}', at)
    const variables = walk(own, at) as Record<string, unknown>
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      if (Object.hasOwn(variables, name)) return String(variables[name])
      const dot = name.indexOf('.')
      return dot < 0 ? ref(name, at) : getAtt(name.slice(0, dot), name.slice(dot + 1), at)
    })
  }

  function call(name: string, argument: unknown, at: Path): unknown {
    if (name === 'Ref') return ref(String(argument), at)
    if (name === 'Fn::Sub') return sub(argument, at)
    if (name === 'Fn::GetAtt') {
      const parts = Array.isArray(argument) ? argument.map(String) : String(argument).split('.')
      return getAtt(parts[0] ?? '', parts.slice(1).join('.'), at)
    }
    const list = walk(argument, at)
    if (!Array.isArray(list)) return fail(`${name} wants a list`, 'see the CloudFormation reference', at)
    const [first, second] = list as [unknown, unknown]
    if (name === 'Fn::Join' && Array.isArray(second)) return second.join(String(first))
    if (name === 'Fn::Split') return String(second).split(String(first))
    if (name === 'Fn::Select' && Array.isArray(second)) return second[Number(first)]
    return fail(`${name} is not understood here`, 'use !Ref, !GetAtt, !Sub, !Join, !Select or !Split', at)
  }

  function walk(item: unknown, at: Path): unknown {
    if (Array.isArray(item)) return item.map((each, index) => walk(each, [...at, index]))
    if (typeof item !== 'object' || item === null) return item
    const entries = Object.entries(item)
    const only = entries[0]
    if (entries.length === 1 && only && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
      return call(only[0], only[1], at)
    }
    return Object.fromEntries(entries.map(([key, each]) => [key, walk(each, [...at, key])]))
  }

  return walk(value, path)
}
