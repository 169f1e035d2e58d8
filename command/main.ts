/**
 * `fanfare COMMAND [ARG …]`.
 *
 * @module
 */
import { Console } from 'node:console'
import { enableCompileCache } from 'node:module'
import { UsageError } from './command.ts'
import { commands } from './commands.ts'

const width = Math.max(...commands.map(({ name }) => name.length))
const help = `fanfare: live pages on AWS Lambda without a server to keep

  fanfare COMMAND [ARG …]
  fanfare COMMAND --help

${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}
`

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(help)
    return 0
  }
  const entry = commands.find((candidate) => candidate.name === name)
  if (!entry) {
    process.stderr.write(
      `fanfare: there is no command ${JSON.stringify(name)}; there are ${commands.map((known) => known.name).join(', ')}\n`,
    )
    return 2
  }
  const { command } = await entry.load()
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help)
    return 0
  }
  try {
    return await command.run(args)
  } catch (error) {
    const usage = error instanceof UsageError
    process.stderr.write(
      `fanfare ${name}: ${error instanceof Error ? error.message : String(error)}${usage ? ` (fanfare ${name} --help)` : ''}\n`,
    )
    return usage ? 2 : 1
  }
}

// What was compiled is kept in the system's temporary folder: a command that reads many files starts sooner the next time.
enableCompileCache()
// What a contract's file prints when it is imported is no part of the answer, which may be JSON.
globalThis.console = new Console(process.stderr)
// A reader that has seen enough (`| head`) ends the command as it ends others, with SIGPIPE's code; a full disk is told.
const unwritten = (error: NodeJS.ErrnoException): never => {
  if (error.code === 'EPIPE') process.exit(141)
  process.stderr.write(`fanfare: the output cannot be written: ${error.message}\n`)
  process.exit(1)
}
process.stdout.on('error', unwritten)
const code = await main(process.argv.slice(2))
// A timer or a socket that a contract's file opened keeps nobody waiting.
process.stdout.write('', (error) => (error ? unwritten(error) : process.exit(code)))
