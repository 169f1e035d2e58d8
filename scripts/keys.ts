/**
 * `npm run keys -- [--stage dev] [--region REGION] [--rotate]`: makes the keys that sign sessions' tokens, or takes a
 * rotation one step further, and prints the AWS commands that put them to use. Talks to nobody; never prints a
 * private key. docs/deploy.md tells the whole story.
 *
 * @module
 */
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { makeKeyPair, readKeys, signerFile, writeKeys } from './deploy/key-files.ts'
import { adviceFor, firstKeys, rotate, rotationState } from './deploy/rotation.ts'
import { keyFolder, publicKeysFile } from './deploy/signing-keys.ts'

const usage = 'usage: npm run keys -- [--stage dev] [--region REGION] [--rotate]'

function main(root: string, args: readonly string[]): string {
  const { stage, region, rotate: rotating, help } = readArguments(args)
  if (help)
    return `${usage}\n\nMakes or rotates the keys that sign visitors' tokens; docs/deploy.md says how they are used.\n`
  const folder = keyFolder(root, stage)
  const before = readKeys(folder)
  if (!before && rotating) {
    throw new Error(
      `stage ${stage} has no keys to rotate in ${folder}: run npm run keys -- --stage ${stage} first`,
    )
  }
  // Checked before anything is written: a mixed-up set stays as it is.
  if (before) rotationState(before)
  const after = !before ? firstKeys(makeKeyPair()) : rotating ? rotate(before, makeKeyPair) : before
  if (after !== before) writeKeys(folder, after)
  return report(root, {
    stage,
    region,
    done: !before ? 'made' : rotating ? 'rotated' : 'found',
    state: rotationState(after),
  })
}

function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stage: { type: 'string', default: 'dev' },
      region: { type: 'string', default: 'eu-west-1' },
      rotate: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  // The stage becomes a folder, a parameter's name and part of AWS names.
  if (!/^[A-Za-z0-9-]{1,32}$/.test(values.stage)) {
    throw new Error(`stage ${JSON.stringify(values.stage)}: use 1 to 32 letters, digits and hyphens`)
  }
  if (!/^[a-z0-9-]{1,32}$/.test(values.region)) {
    throw new Error(`region ${JSON.stringify(values.region)}: use a name such as eu-west-1`)
  }
  return values
}

function report(
  root: string,
  {
    stage,
    region,
    done,
    state,
  }: {
    readonly stage: string
    readonly region: string
    readonly done: 'made' | 'rotated' | 'found'
    readonly state: ReturnType<typeof rotationState>
  },
): string {
  const folder = relative(root, keyFolder(root, stage))
  const { store, deploy, next } = adviceFor(state, done !== 'rotated')
  const commands = {
    publicKeys: put(stage, region, 'signing-public-keys', 'String', join(folder, publicKeysFile)),
    signer: put(stage, region, 'signing-key', 'SecureString', join(folder, signerFile)),
  }
  const heading = {
    made: `Made the keys of stage ${stage} in ${folder}/. Keep signing-key.pem secret and backed up; git ignores it.`,
    rotated: `Rotation of stage ${stage}: ${state}.`,
    found: `Stage ${stage} has keys in ${folder}/ (${state}); nothing was changed.`,
  }[done]
  return [
    heading,
    '',
    'Then, on AWS:',
    '',
    ...store.map((what) => `  ${commands[what]}`),
    ...(deploy ? [`  npx serverless deploy --stage ${stage} --region ${region}`] : []),
    '',
    next,
    '',
  ].join('\n')
}

function put(stage: string, region: string, name: string, type: string, file: string): string {
  return (
    `aws ssm put-parameter --region ${region} --overwrite --name /fanfare/${stage}/${name} ` +
    `--type ${type} --value file://${file}`
  )
}

try {
  // npm starts scripts in the project's root.
  process.stdout.write(main(process.cwd(), process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`fanfare: ${(error as Error).message}\n${usage}\n`)
  process.exitCode = 1
}
