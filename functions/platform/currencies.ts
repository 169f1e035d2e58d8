/** ISO 4217 codes that this runtime knows. */
export const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))
