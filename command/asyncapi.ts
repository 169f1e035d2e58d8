/**
 * `fanfare asyncapi`: the contracts as an AsyncAPI document, or as a page for people.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { asyncApiDocument } from '../topics/asyncapi/document.ts'
import { catalogueBody, cataloguePage } from '../topics/catalogue/page.ts'
import { findingText } from '../topics/check/finding.ts'
import { ContractFolderError, loadContracts } from '../topics/check/load-contracts.ts'
import { estimate } from '../topics/cost/estimate.ts'
import { declaredMonth } from '../topics/cost/month.ts'
import { defaultRegion, prices } from '../topics/cost/prices.ts'
import { type Command, UsageError } from './command.ts'

const help = `fanfare asyncapi: the contracts as an AsyncAPI 3.0 document with MQTT bindings, or as a page for people

  fanfare asyncapi [--out FILE] [--html | --fragment]

  --out FILE          where to write it (default: to the terminal)
  --html              a page of its own instead, with its style in it
  --fragment          only what stands in that page's main part, for a page of yours
  --title TEXT        what the document is called (default: Fanfare topics)
  --version TEXT      its version (default: 1.0.0)
  --region REGION     ${Object.keys(prices).join(', ')}: where costs are reckoned for (default: ${defaultRegion})
  --contracts FOLDER  folder of the contract files (default: topics)

  fanfare asyncapi --out asyncapi.json
`

const options = {
  out: { type: 'string' },
  html: { type: 'boolean', default: false },
  fragment: { type: 'boolean', default: false },
  title: { type: 'string', default: 'Fanfare topics' },
  version: { type: 'string', default: '1.0.0' },
  region: { type: 'string', default: defaultRegion },
  contracts: { type: 'string', default: 'topics' },
} as const

async function run(args: readonly string[]): Promise<number> {
  const { out, html, fragment, title, version, region, contracts: folder } = readArguments(args)
  const { contracts, findings } = await loadContracts(folder)
  const [broken] = findings
  if (broken) throw new ContractFolderError(findingText(broken).replace('\n    ', '; '))
  const month = declaredMonth(
    contracts.map(({ contract }) => contract),
    { region },
  )
  const document = asyncApiDocument(contracts, {
    title,
    version,
    costs: { region, contracts: estimate(month).contracts },
  })
  const text = html
    ? cataloguePage(document, styles())
    : fragment
      ? catalogueBody(document)
      : `${JSON.stringify(document, undefined, 2)}\n`
  if (out === undefined) process.stdout.write(text)
  else {
    writeFileSync(out, text)
    process.stdout.write(`${contracts.length} topics written to ${out}\n`)
  }
  return 0
}

/** The style of the site's pages. */
function styles(): string {
  return ['style.css', 'topics.css']
    .map((name) => readFileSync(new URL(`../web/${name}`, import.meta.url), 'utf8'))
    .join('\n')
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true })
    if (values.html && values.fragment) throw new TypeError('--html or --fragment, not both')
    if (!Object.hasOwn(prices, values.region))
      throw new TypeError(
        `--region ${values.region} has no sourced prices here; there are ${Object.keys(prices).join(', ')}`,
      )
    return values
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

export const command: Command = { help, run }
