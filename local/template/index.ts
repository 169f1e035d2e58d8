/** serverless.yml, as the local stack reads it. */
export { TemplateError } from './errors.ts'
export { readTemplate, readTemplateFile, type TemplateOptions } from './read-template.ts'
export type * from './template.ts'
