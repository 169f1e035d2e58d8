/** A folder of contract files, inside the project so that they find the project's modules. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..', '..')

export interface ContractFolder extends Disposable {
  readonly path: string
  write(name: string, text: string): string
}

/** Writes files `{ name: text }` with the imports that contracts need before them; `using` removes them. */
export function contractFolder(files: Readonly<Record<string, string>>): ContractFolder {
  const parent = join(root, '.fanfare', 'test')
  mkdirSync(parent, { recursive: true })
  const path = mkdtempSync(join(parent, 'contracts-'))
  const write = (name: string, text: string): string => {
    const file = join(path, name)
    writeFileSync(file, name.endsWith('.ts') ? `${imports}\n${text}` : text)
    return file
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** One line, so that line 2 of a file is the first of its text. */
const imports =
  "import * as v from 'valibot'; import { z } from 'zod'; import { anyone, claim, feed, inbox, role, signal, signedIn, state } from '../../../topics/contract/index.ts'; void [v, z, anyone, claim, feed, inbox, role, signal, signedIn, state]"
