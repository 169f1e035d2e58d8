import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type ContractFolder, contractFolder } from '../topics/check/testing/contract-folder.ts'
import { manyContracts } from '../topics/check/testing/many-contracts.ts'

const root = join(import.meta.dirname, '..')

let folder: ContractFolder | undefined
afterEach(() => {
  folder?.[Symbol.dispose]()
  folder = undefined
})

/** Runs the command as `npx fanfare` does, without the door that looks for packages. */
function fanfare(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'command', 'main.ts'), ...args],
    { cwd: root, encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

const contract = (rest: string): string =>
  `export const a = state({ topic: 'a/{id}', payload: v.object({ n: v.number()${rest} }), subscribe: anyone })`

describe('fanfare check, the command', () => {
  it('ends with 0 where nothing is wrong, and with 1 at an error, which --json tells too', () => {
    folder = contractFolder({ 'a.ts': contract('') })
    expect(fanfare('check', '--contracts', folder.path)).toMatchObject({
      status: 0,
      stdout: '1 contract: no error\n',
    })
    folder.write('a.ts', contract(', text: v.string()'))
    const failed = fanfare('check', '--contracts', folder.path)
    expect(failed.status).toBe(1)
    expect(failed.stdout).toMatch(/a\.ts:2: error: a\/\{id\}: payload text is a string/)
    const json = fanfare('check', '--contracts', folder.path, '--json')
    expect(json.status).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      contracts: 1,
      errors: 1,
      findings: [{ level: 'error', code: 'SCHEMA_UNBOUNDED', line: 2, topic: 'a/{id}' }],
    })
  })

  it('releases what is sound, then holds changes against it, and retires what is gone on purpose', () => {
    folder = contractFolder({ 'a.ts': contract('') })
    const lock = join(folder.path, 'contracts.lock.json')
    const released = fanfare('check', '--contracts', folder.path, '--release')
    expect(released).toMatchObject({ status: 0 })
    expect(released.stdout).toContain(`released in ${lock}`)
    expect(fanfare('check', '--contracts', folder.path).stdout).toBe('1 contract: no error\n')

    folder.write('a.ts', contract(', more: v.number()'))
    const before = readFileSync(lock, 'utf8')
    const broken = fanfare('check', '--contracts', folder.path, '--release')
    expect(broken.status).toBe(1)
    expect(broken.stdout).toContain('BREAKING_CHANGE')
    expect(broken.stdout).toContain('raise version to 2')
    expect(broken.stdout).toContain('not released')
    expect(readFileSync(lock, 'utf8')).toBe(before)

    folder.write('a.ts', contract(', more: v.number()').replace('subscribe:', 'version: 2, subscribe:'))
    expect(fanfare('check', '--contracts', folder.path, '--release').status).toBe(0)
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ contracts: { 'a/{id}': { version: 2 } } })

    folder.write('a.ts', contract('').replace("'a/{id}'", "'b/{id}'"))
    expect(fanfare('check', '--contracts', folder.path).stdout).toContain('CONTRACT_GONE')
    expect(fanfare('check', '--contracts', folder.path, '--release', '--retire', 'a/{id}').status).toBe(0)
    expect(Object.keys((JSON.parse(readFileSync(lock, 'utf8')) as { contracts: object }).contracts)).toEqual([
      'b/{id}',
    ])
  })

  it('refuses a malformed lock file, folder, option and quota in one line each', () => {
    folder = contractFolder({ 'a.ts': contract('') })
    writeFileSync(join(folder.path, 'contracts.lock.json'), '{"lock": 1,\n "contracts": [}')
    const refusals = [
      fanfare('check', '--contracts', folder.path),
      fanfare('check', '--contracts', 'nowhere'),
      fanfare('check', '--contract', 'x'),
      fanfare('check', '--quota', 'outbound=lots'),
      fanfare('check', '--retire', 'a'),
      fanfare('cost', '--audience', 'many', '--scenario', 'x.yml'),
      fanfare('cost', '--scenario', 'x.yml'),
      fanfare('asyncapi', '--region', 'mars'),
    ]
    for (const { status, stderr, stdout } of refusals) {
      expect(status).toBeGreaterThan(0)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^fanfare \w+: .+\n$/)
    }
    expect(refusals[0]?.stderr).toContain('contracts.lock.json:2:')
  })

  it('reads a thousand contract files, all of them', () => {
    folder = contractFolder(manyContracts(1000))
    const started = performance.now()
    const { stdout } = fanfare('check', '--contracts', folder.path, '--json')
    // Told, not asserted: the machine may be busy. `npm run bench -- check` has the figure.
    process.stdout.write(`fanfare check, 1,000 contracts: ${Math.round(performance.now() - started)} ms\n`)
    const { contracts, findings } = JSON.parse(stdout) as { contracts: number; findings: { code: string }[] }
    expect(contracts).toBe(1000)
    // So many rules fit into no policy; nothing else is wrong.
    expect(findings.map(({ code }) => code)).toEqual(['POLICY_TOO_LARGE'])
  })

  it('has a lock file of this project, which its contracts keep to', () => {
    expect(existsSync(join(root, 'topics', 'contracts.lock.json'))).toBe(true)
    const { status, stdout } = fanfare('check')
    expect(stdout).toContain('no error')
    expect(status).toBe(0)
  })
})
