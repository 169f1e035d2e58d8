/**
 * `node scripts/run.mjs scripts/configuration.ts`: makes docs/configuration.md anew; with `--check` only says whether
 * it is up to date. Either way it fails where two places disagree on a default.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environmentVariables } from '../functions/platform/environment.ts'
import { localVariables } from '../local/options.ts'
import { configurationPage, configurationProblems, type Settings } from './build/configuration.ts'

const root = join(import.meta.dirname, '..')
const page = join(root, 'docs', 'configuration.md')

/** What serverless.yml reads and hands to AWS rather than to a function. */
const deployment = {
  ALARM_EMAIL:
    'Where alarms are mailed; AWS asks that address to confirm. Without it: subscribe to `fanfare-<stage>-alarms`.',
  SITE_ORIGIN: 'Whose pages may call the API from another host, separated by commas.',
  PRESENCE: '`on` counts who watches a campaign, `off` counts nobody and costs nothing (docs/presence.md).',
  LOG_LEVEL: 'What functions log: DEBUG, INFO, WARN or ERROR (Powertools).',
  SIGNING_PUBLIC_KEY_CURRENT: 'Public key of the authorizer, PEM, for a machine without `.fanfare/keys`.',
  SIGNING_PUBLIC_KEY_NEXT: 'The second one, while keys are rotated.',
}

const tools: Settings = {
  INTERCOM_SECRET: {
    meaning: '`npm run conversations`: client secret that signs its notifications.',
    default: "the local stack's",
  },
  STAFF_TOKEN: {
    meaning:
      '`npm run replay`: token that makes the campaign; `npm run conversations`: that makes agents and replies.',
    default: 'the development token',
  },
  PORT: {
    meaning: '`npm run replay`: port of the stack, without `--url`.',
    default: localVariables.PORT.default,
  },
  CHROMIUM_PATH: { meaning: '`npm test`: the browser.', default: 'the usual places' },
  ORACLE_DYNAMODB_ENDPOINT: {
    meaning:
      '`npm run test:oracle`: a DynamoDB to compare with, besides DynamoDB Local; needs AWS_REGION and credentials.',
  },
  ORACLE_IOT_URL: {
    meaning:
      '`npm run test:oracle`: an endpoint of AWS IoT Core to run the MQTT suite on, besides Mosquitto: a `wss://` URL with its credentials in the query.',
  },
}

const functions = Object.entries(environmentVariables).map(
  ([name, variable]): [string, { meaning: string; default?: string | undefined }] => [
    name,
    { meaning: variable.description, default: 'default' in variable ? variable.default : undefined },
  ],
)

const sources = {
  local: localVariables,
  functions: Object.fromEntries(functions),
  deployment,
  tools,
  serverless: readFileSync(join(root, 'serverless.yml'), 'utf8'),
}
const checking = process.argv.includes('--check')
const problems = [...configurationProblems(sources)]
const text = configurationPage(sources)
if (checking && readFileSync(page, 'utf8') !== text) {
  problems.push(
    'docs/configuration.md is not what the code reads: run node scripts/run.mjs scripts/configuration.ts',
  )
}
if (!checking) writeFileSync(page, text)
for (const problem of problems) process.stderr.write(`${problem}\n`)
if (problems.length > 0) process.exitCode = 1
else process.stdout.write('docs/configuration.md is up to date\n')
