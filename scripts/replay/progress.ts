/** One line of progress on a terminal, a line every ten seconds elsewhere. */
export interface Progress {
  update(done: number, note: string): void
  end(): void
}

export function startProgress(total: number, stream: NodeJS.WriteStream): Progress {
  const terminal = stream.isTTY
  const everyMs = terminal ? 100 : 10_000
  let shownAt = terminal ? 0 : Date.now()
  const draw = (done: number, note: string): void => {
    const share = total === 0 ? 1 : done / total
    const percent = `${Math.floor(share * 100)}`.padStart(3)
    const counts = `${done.toLocaleString('en')}/${total.toLocaleString('en')}`
    if (!terminal) {
      stream.write(`${percent} %  ${counts}  ${note}\n`)
      return
    }
    const filled = Math.round(share * 24)
    stream.write(`\r\u001B[K${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${percent} %  ${counts}  ${note}`)
  }
  let last: [number, string] = [0, '']
  return {
    update(done, note) {
      last = [done, note]
      const now = Date.now()
      if (now - shownAt < everyMs) return
      shownAt = now
      draw(done, note)
    },
    end() {
      draw(...last)
      if (terminal) stream.write('\n')
    },
  }
}
