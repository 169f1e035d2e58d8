/** What the script tag runs, and an overlay to look at. */
import '../../../client/element/script.ts'
import { createOverlay } from '../../../client/overlay/index.ts'

Object.assign(globalThis, { overlay: createOverlay() })
