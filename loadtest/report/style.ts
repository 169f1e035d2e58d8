/** Terminal styles, or the bare text where colours are not wanted. */
export function painter(colour: boolean) {
  const style = (code: number) => (text: string) => (colour ? `\u001B[${code}m${text}\u001B[0m` : text)
  return { bold: style(1), quiet: style(2), good: style(32), bad: style(31), warn: style(33) }
}

/** Whether a stream gets colours: a terminal, and the person did not say otherwise. https://no-color.org */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}
