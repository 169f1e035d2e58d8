/**
 * Console blocks of a Markdown page: a line `$ npx fanfare …`, and what it prints below it.
 *
 * @module
 */

const block = /(```console\n\$ npx fanfare ([^\n]+)\n)[\s\S]*?(\n?```)/g

/** The page with what each command prints now; `run` is given the command's arguments. */
export function fillConsole(page: string, run: (args: readonly string[]) => string): string {
  return page.replaceAll(
    block,
    (_, head: string, command: string) => `${head}${run(command.split(' ')).trimEnd()}\n\`\`\``,
  )
}
