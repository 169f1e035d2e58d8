import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'

export interface Shot {
  /** Of its file in docs/images, without `.png`. */
  readonly name: string
  /** An address, or a path of the site. */
  readonly url: string
  /** In CSS pixels. */
  readonly width: number
  readonly height: number
  /** Default: `light`. */
  readonly colorScheme?: 'light' | 'dark'
  /** Makes the page ready; the picture is taken when it resolves. */
  readonly prepare: (page: Page) => Promise<unknown>
}

/** Takes one picture, in a browser that knows nothing of those before, unless nobody wants it. */
export interface Camera {
  (shot: Shot): Promise<void>
  /** Whether any of these is wanted: what has to happen before them may be left out otherwise. */
  wants(...names: readonly string[]): boolean
}

/** A camera that writes into `folder`; `wanted` are beginnings of names, all when there is none. */
export function camera(options: {
  readonly browser: Browser
  readonly site: string
  readonly folder: string
  readonly wanted: readonly string[]
}): Camera {
  const { browser, site, folder, wanted } = options
  const isWanted = (name: string): boolean =>
    wanted.length === 0 || wanted.some((beginning) => name.startsWith(beginning))
  const take = async ({ name, url, width, height, colorScheme = 'light', prepare }: Shot): Promise<void> => {
    if (!isWanted(name)) return
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    await page.goto(new URL(url, site).href)
    await prepare(page)
    // What moves has come to rest.
    await page.waitForTimeout(700)
    await page.screenshot({ path: join(folder, `${name}.png`) })
    await page.close()
    process.stdout.write(`docs/images/${name}.png\n`)
  }
  return Object.assign(take, { wants: (...names: readonly string[]) => names.some(isWanted) })
}
