/** The element of this id, which the page's HTML has. Throws when it has not, or not of this kind. */
export function element<Kind extends Element = HTMLElement>(
  id: string,
  kind: abstract new (...args: never[]) => Kind = HTMLElement as never,
): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new TypeError(`the page has no ${kind.name} #${id}`)
}

/** An element with a class and a text, which is text whatever it says. */
export function make(name: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

/** Whether the reader asked for less motion. */
export const wantsLessMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Calls `draw` once in the next frame, however often it is asked to. A hidden page draws when it is seen again. */
export function drawer(draw: (now: number) => void): () => void {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    requestAnimationFrame((now) => {
      asked = false
      draw(now)
    })
  }
}
