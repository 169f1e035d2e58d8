/** What `fanfare` does with its output: pipes that close, contract files that print or never end, full disks. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type ContractFolder, contractFolder } from '../topics/check/testing/contract-folder.ts'
import { manyContracts } from '../topics/check/testing/many-contracts.ts'

const root = join(import.meta.dirname, '..')
const main = join(root, 'command', 'main.ts')

let folder: ContractFolder | undefined
afterEach(() => {
  folder?.[Symbol.dispose]()
  folder = undefined
})

const contract =
  "export const a = state({ topic: 'a/{id}', payload: v.object({ n: v.number() }), subscribe: anyone })"

function fanfare(...args: readonly string[]) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status, signal, stdout, stderr }
}

describe('the output of fanfare', () => {
  it('is JSON whatever contract files print, and ends though they leave a timer behind', () => {
    folder = contractFolder({ 'a.ts': `console.log('<b>hello'); setInterval(() => {}, 1000); ${contract}` })
    const { status, signal, stdout, stderr } = fanfare('check', '--json', '--contracts', folder.path)
    expect([status, signal]).toEqual([0, null])
    expect(JSON.parse(stdout)).toEqual({ contracts: 1, errors: 0, findings: [] })
    expect(stderr).toBe('<b>hello\n')
  })

  it('may end before it is read whole: no trace, and the code that SIGPIPE gives', async () => {
    folder = contractFolder(manyContracts(100))
    const child = spawn(process.execPath, [main, 'asyncapi', '--contracts', folder.path], { cwd: root })
    // Nobody reads: what it writes has no way out.
    child.stdout.destroy()
    let trace = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (trace += text))
    const status = await new Promise((resolve) => child.once('close', resolve))
    expect(trace).toBe('')
    expect(status).toBe(141)
  })

  it('arrives whole through a pipe', () => {
    folder = contractFolder(manyContracts(150))
    const { status, stdout } = fanfare('asyncapi', '--contracts', folder.path)
    expect(status).toBe(0)
    expect(stdout.length).toBeGreaterThan(200_000)
    expect(Object.keys((JSON.parse(stdout) as { channels: object }).channels)).toHaveLength(150)
  })

  it('of a lock file that cannot be read, and a Region that is none, is one line', () => {
    folder = contractFolder({ 'a.ts': contract })
    mkdirSync(join(folder.path, 'contracts.lock.json'))
    const unread = fanfare('check', '--contracts', folder.path)
    expect(unread.status).toBe(1)
    expect(unread.stderr).toMatch(
      /^fanfare check: \S+contracts\.lock\.json:1: cannot be read \(EISDIR\); .*\n$/,
    )
    expect(fanfare('check', '--region', 'mars')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^fanfare check: --region is "mars"; give one such as eu-west-1.*\n$/),
    })
    expect(fanfare('check', '--quota', 'outbound=9999999999999')).toMatchObject({ status: 2 })
  })
})
