import { dirname } from 'node:path'
import { readTemplateFile } from '../../local/template/index.ts'
import { type BusMap, mapBus } from './bus-map.ts'
import { readCode } from './code.ts'

/**
 * Everything that goes somewhere in the project of this serverless.yml (a whole path). It imports the project's handlers,
 * which takes a second or two: whoever wants several views reads it once.
 */
export async function readProjectMap(templateFile: string): Promise<BusMap> {
  const template = readTemplateFile(templateFile, {
    env: process.env,
    attributes: { IotEndpoints: { Mqtt: 'wss://localhost/mqtt', Data: 'https://localhost' } },
  })
  return mapBus(template, await readCode(dirname(templateFile), template))
}
