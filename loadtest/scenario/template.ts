/**
 * What stands in braces in a scenario's texts. `{name}` is a parameter and `{row.column}` a cell of the arrivals' file, both
 * filled when the plan is made; `{phase}` is the phase's name; `{run}` and `{index}` are filled when it is sent; `${NAME}` and
 * `${NAME:-default}` in a header are environment variables.
 *
 * @module
 */

export interface TemplateValues {
  readonly params: Readonly<Record<string, string>>
  readonly phase?: string
  readonly row?: Readonly<Record<string, string>>
}

/** Names that the engine fills. */
const filledLater: ReadonlySet<string> = new Set(['run', 'index'])

/** The text with its braces filled; `problem` is told of each that nothing fills. */
export function fillText(text: string, values: TemplateValues, problem: (what: string) => void): string {
  return text.replaceAll(
    /\{(row\.)?([A-Za-z][\w-]*)\}/g,
    (all: string, row: string | undefined, name: string) => {
      if (row === undefined && filledLater.has(name)) return all
      if (row === undefined && name === 'phase') return slug(values.phase ?? '')
      const found = row === undefined ? values.params[name] : values.row?.[name]
      if (found !== undefined) return found
      problem(
        row === undefined
          ? `${all} is filled by nothing; give --param ${name}=VALUE, or ${name} under \`params\``
          : `${all}: ${values.row ? `the file has no column ${name}` : 'there is no row'}; give \`arrivals\` of a file with that column`,
      )
      return all
    },
  )
}

/** The same in every text of a JSON value. A text that is `{row.column}` alone becomes a number where the cell is one. */
export function fillJson(value: unknown, values: TemplateValues, problem: (what: string) => void): unknown {
  if (typeof value === 'string') {
    const filled = fillText(value, values, problem)
    return /^\{row\.[\w-]+\}$/.test(value) && /^-?\d{1,15}(\.\d+)?$/.test(filled) ? Number(filled) : filled
  }
  if (Array.isArray(value)) return value.map((item) => fillJson(item, values, problem))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [name, fillJson(held, values, problem)]),
  )
}

/** A header with its environment variables. */
export function fillEnvironment(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  problem: (what: string) => void,
): string {
  return text.replaceAll(
    /\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g,
    (all: string, name: string, otherwise?: string) => {
      const found = env[name] ?? otherwise
      if (found !== undefined) return found
      problem(`${all} is not in the environment; set ${name}, or write \${${name}:-a default}`)
      return all
    },
  )
}

/** A name as it may stand in a key: letters, digits and dashes. */
export function slug(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')
}
