/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { resolve } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { DataFolderError, emptyDataFolder } from './data-folder.ts'
import { onInterrupt } from './interrupt.ts'
import { localHelp, LocalSettingError, localVariables, readLocalSettings } from './options.ts'
import { StackError, startStack } from './stack.ts'

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { fresh: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help) {
    process.stdout.write(localHelp())
    return
  }
  const settings = readLocalSettings(process.env)
  const dataDir = resolve(settings.FANFARE_DATA)
  if (values.fresh) emptyDataFolder(dataDir)

  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const started = performance.now()
  say('Building functions and pages, starting AWS on this machine …')
  let stopping: Promise<void> | undefined
  const stack = startStack({
    httpPort: settings.PORT,
    iotPort: settings.IOT_PORT,
    awsPort: settings.AWS_PORT,
    dataDir,
    seed: settings.FANFARE_SEED,
    instancesPerFunction: settings.FANFARE_INSTANCES,
    quotas: settings.IOT_QUOTAS,
    env: process.env,
    watch: true,
    log({ level, message }) {
      // Ctrl-C reaches the builder's process too; what it says then is no news.
      if (!stopping) say(level === 'warn' ? styleText('yellow', message) : message)
    },
  })
  onInterrupt(() => {
    say('\nStopping … (once more to stop at once)')
    // A start that fails because it was told to stop has done what it should.
    stopping = stack
      .then(
        async (running) => running.stop(),
        () => undefined,
      )
      .then(() => process.exit(0))
    stopping.catch((error: unknown) => fail(error))
  })

  const { urls } = await stack.catch((error: unknown) => {
    if (stopping) return { urls: undefined }
    throw error
  })
  if (!urls || stopping) return
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  say(`
${styleText('bold', 'Fanfare is up')} (${seconds} s)

  page      ${styleText('cyan', urls.site)}
  topics    ${urls.site}/topics   (each with its promise, its cost and a live tail)
  elements  ${urls.site}/embed.html   (a page with no build step)
  console   ${urls.site}/console.html   (a support agent's; sign in as Ada. Customers: npm run conversations -- --rate 2)
  contact   ${urls.site}/contact.html   (what staff see of it: ${urls.site}/contacts.html, as Sam)
  API       ${urls.site}/campaigns/telethon
  IoT Core  ${urls.mqtt}   (who is connected, denials, quotas: ${urls.mqtt.replace(/^ws(.*)\/mqtt$/, 'http$1/_fanfare/iot')})
  letters   ${urls.site}/_fanfare/mail   (and the CRM: ${urls.site}/_fanfare/crm)
  AWS       ${urls.aws}   (aws --endpoint-url, region eu-west-1)

  A telethon:   ${replayCommand(urls.site)}
  Ctrl-C stops. Edits to functions/, topics/, client/ and web/ are picked up; of serverless.yml at the next start.
`)
}

/** The replay looks at PORT, or for the usual port. */
function replayCommand(site: string): string {
  const { port } = new URL(site)
  return `${port === localVariables.PORT.default ? '' : `PORT=${port} `}npm run replay -- --speed max`
}

function fail(error: unknown): never {
  const expected = [StackError, LocalSettingError, DataFolderError].some((kind) => error instanceof kind)
  const usage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  if (expected) process.stderr.write(`npm start: ${(error as Error).message}\n`)
  else if (usage) process.stderr.write(`npm start: ${(error as Error).message}. See npm start -- --help.\n`)
  else
    process.stderr.write(
      `npm start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
  process.exit(1)
}

main().catch(fail)
