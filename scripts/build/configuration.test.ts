import { describe, expect, it } from 'vitest'
import { configurationPage, configurationProblems, deploymentVariables } from './configuration.ts'

const sources = {
  local: { SESSIONS: { meaning: 'sessions', default: '120' } },
  functions: {
    SESSIONS: { meaning: 'Sessions a minute.', default: '120' },
    TABLE: { meaning: 'Name of the table.' },
  },
  deployment: { ALARM: 'Where alarms go.' },
  tools: {},
  serverless: "a: ${env:SESSIONS, '120'}\nb: ${env:ALARM, ''}\nc: ${env:SESSIONS, '120'}\n",
}

describe('the settings', () => {
  it('are read from serverless.yml with their defaults', () => {
    expect([...deploymentVariables(sources.serverless)]).toEqual([
      ['SESSIONS', '120'],
      ['ALARM', ''],
    ])
    expect(() => deploymentVariables("${env:A, '1'} ${env:A, '2'}")).toThrow(/A two defaults, "1" and "2"/)
  })

  it('have one default, wherever they stand', () => {
    expect(configurationProblems(sources)).toEqual([])
    const local = { SESSIONS: { meaning: 'sessions', default: '60' } }
    expect(configurationProblems({ ...sources, local })).toEqual([
      'SESSIONS defaults to "120" in serverless.yml and to "60" in local/options.ts: make them one',
    ])
  })

  it('have a meaning each', () => {
    expect(configurationProblems({ ...sources, deployment: {} })).toEqual([
      'serverless.yml reads ALARM: say in scripts/configuration.ts what it means',
    ])
  })

  it('are listed for a deployment or for functions, not for both', () => {
    const page = configurationPage(sources)
    expect(page).toContain('| `ALARM` | Where alarms go. | none |')
    expect(page.match(/`SESSIONS`/g)).toHaveLength(2)
    expect(page.match(/`TABLE` \| Name of the table\. \| none/g)).toHaveLength(1)
  })
})
