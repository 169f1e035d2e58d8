/** The package as somebody installs it: packed, unpacked below another project's node_modules, with what it declares. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiChanges } from '../scripts/build/api-report.ts'
import { buildPackage, doors } from '../scripts/build/package.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
let project: string
let tarball: string
let unpacked: string

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'fanfare-package-'))
  await buildPackage(root)
  const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', project]
  tarball = join(project, execFileSync('npm', args, { cwd: root, encoding: 'utf8' }).trim())
  unpacked = join(project, 'node_modules/fanfare')
  mkdirSync(unpacked, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'])
  // What it declares and nothing else, so that an import of something undeclared fails here.
  const types = ['@types/react', '@types/node']
  for (const name of [
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies),
    ...types,
  ]) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
}, 120_000)
afterAll(() => rmSync(project, { recursive: true, force: true }))

const names = Object.keys(doors).map((door) => `fanfare${door.slice(1)}`)

describe('the package', () => {
  it('exports the doors that the build makes', () => {
    const built = Object.fromEntries(
      Object.entries(doors).map(([door, file]) => {
        const path = `./dist/${file.replace(/\.ts$/, '')}`
        return [door, { types: `${path}.d.ts`, default: `${path}.js` }]
      }),
    )
    expect(manifest.exports).toEqual({
      ...built,
      './fanfare-element.js': './dist/fanfare-element.js',
      './package.json': './package.json',
    })
  })

  it('offers what its reports in api/ say', () => {
    const changes = apiChanges(root).map((path) => `${path} (if that is meant: npm run api, and commit it)`)
    expect(changes).toEqual([])
  })

  it('has an element script of at most 14 KB', () => {
    const bytes = gzipSync(readFileSync(join(unpacked, 'dist/fanfare-element.js')), { level: 9 }).length
    expect(bytes).toBeLessThanOrEqual(14 * 1024)
  })

  it('is clean by publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: unpacked, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  it('gives every resolution its types', { timeout: 60_000 }, async () => {
    const checked = await checkPackage(createPackageFromTarballData(readFileSync(tarball)))
    if (!checked.types) throw new Error('the package has no types')
    // An ES module cannot be required by name where Node is older than 22, and the node10 resolution reads no exports:
    // both are what the package says it is not for. The script for pages has no types, and is not imported.
    const meant = new Set(['CJSResolvesToESM', 'NoResolution'])
    const wrong = checked.problems.filter((problem) => {
      const kind = 'resolutionKind' in problem ? problem.resolutionKind : undefined
      return (
        !((problem.kind === 'CJSResolvesToESM' || kind === 'node10') && meant.has(problem.kind)) &&
        !('entrypoint' in problem && problem.entrypoint === './fanfare-element.js')
      )
    })
    expect(wrong).toEqual([])
  })

  it('imports on Node, each door alone', () => {
    for (const name of names) {
      const program = `const door = await import('${name}'); if (Object.keys(door).length === 0) throw new Error('empty')`
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd: project,
        encoding: 'utf8',
      })
      expect(`${name}: ${run.stderr}`).toBe(`${name}: `)
    }
  })

  it.each(['nodenext', 'bundler'])('type checks where modules are resolved by %s', (resolution) => {
    writeFileSync(join(project, 'use.ts'), use)
    const config = join(project, 'tsconfig.json')
    const compilerOptions = {
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
      types: ['node'],
      module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
      moduleResolution: resolution,
      strict: true,
      noEmit: true,
      jsx: 'react-jsx',
      skipLibCheck: true,
    }
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['use.ts'] }))
    const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { encoding: 'utf8' })
    expect(tsc.stdout).toBe('')
  })

  it('has a command that runs from where it is installed', () => {
    const run = spawnSync(process.execPath, [join(unpacked, 'command/fanfare.mjs'), '--help'], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(run.stderr).toBe('')
    expect(run.stdout).toContain('fanfare COMMAND')
  })

  it.each(['cost', 'check', 'asyncapi', 'asyncapi --html'])(
    'has a command that reads the topics of the project it is installed in: %s',
    (command) => {
      mkdirSync(join(project, 'topics'), { recursive: true })
      writeFileSync(join(project, 'topics/mood.ts'), ownTopic)
      const program = [join(unpacked, 'command/fanfare.mjs'), ...command.split(' ')]
      const run = spawnSync(process.execPath, program, { cwd: project, encoding: 'utf8' })
      expect(run).toMatchObject({ stderr: '', status: 0 })
      expect(run.stdout).toContain(command === 'check' ? '1 contract: no error' : 'mood/{id}')
    },
  )

  it('starts a local AWS IoT Core', () => {
    const program = `
      import { startIotCore } from 'fanfare/local'
      const iot = await startIotCore({ port: 0 })
      await iot.close()`
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(run).toMatchObject({ stderr: '', status: 0 })
  })
})

const ownTopic = `
import * as v from 'valibot'
import { anyone, state } from 'fanfare/topics'
export const mood = state({ topic: 'mood/{id}', payload: v.object({ mood: v.pipe(v.string(), v.maxLength(40)) }), subscribe: anyone })
`

/** What a project does with it. */
const use = `
import * as v from 'valibot'
import { anyone, feed, state } from 'fanfare/topics'
import { type Client, connect, shareTabs } from 'fanfare/client'
import { connectLite } from 'fanfare/client/lite'
import { FanfareProvider, useFeed, useLiveState } from 'fanfare/client/react'
import { defineElements } from 'fanfare/client/element'
import { createOverlay } from 'fanfare/client/overlay'
import { createMemoryService } from 'fanfare/client/testing'
import { topicWriter } from 'fanfare/functions'
import { startStack } from 'fanfare/local'

const total = state({ topic: 'campaigns/{id}/total', payload: v.object({ cents: v.number() }), subscribe: anyone })
const gifts = feed({ topic: 'campaigns/{id}/gifts', entry: v.string(), subscribe: anyone })
const service = createMemoryService()
const client: Client = connect({ ...service.options, connection: shareTabs() })
const cents: number | undefined = client.state(total, { id: 'a' }).current?.cents
// @ts-expect-error the parameter is called id
client.state(total, { campaign: 'a' })
function Total(): number {
  const { value } = useLiveState(total, { id: 'a' })
  const { rows } = useFeed(gifts, { id: 'a' })
  return (value?.cents ?? 0) + rows.length
}
export const all = [cents, Total, connectLite, FanfareProvider, defineElements, createOverlay, topicWriter, startStack]
`
