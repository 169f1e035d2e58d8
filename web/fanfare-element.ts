/** The script for pages without a build step, as the local site serves it: `/fanfare-element.js`. */
import '../client/element/script.ts'
