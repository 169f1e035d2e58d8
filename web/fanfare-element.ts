/** The elements, as the local site serves them: `/fanfare-element.js`. */
import { defineElements } from '../client/element/index.ts'

defineElements()
