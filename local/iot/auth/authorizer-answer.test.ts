import { expect, test } from 'vitest'
import { anAnswer, visitorStatements } from '../testing/an-authorizer.ts'
import { readAuthorizerAnswer } from './authorizer-answer.ts'

test('§5a reads an answer, and fills in the day that a connection may last', () => {
  const answer = readAuthorizerAnswer(anAnswer({ disconnectAfterInSeconds: undefined }))
  expect(answer).toMatchObject({
    principal: 'visitor1',
    disconnectAfterSeconds: 86_400,
    refreshAfterSeconds: 600,
  })
  expect(answer.statements).toHaveLength(visitorStatements.length)
})

test('§5a takes policy documents as JSON in strings', () => {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: visitorStatements })
  expect(readAuthorizerAnswer(anAnswer({ policyDocuments: [document] })).statements[0]?.effect).toBe('Allow')
})

test('§5a a plain no needs nothing else', () => {
  expect(readAuthorizerAnswer({ isAuthenticated: false }).isAuthenticated).toBe(false)
})

test.each([
  ['nothing', undefined],
  ['a string for isAuthenticated', anAnswer({ isAuthenticated: 'true' })],
  ['a UUID for principalId', anAnswer({ principalId: 'a-b' })],
  ['an empty principalId', anAnswer({ principalId: '' })],
  ['eleven documents', anAnswer({ policyDocuments: Array.from({ length: 11 }, () => ({})) })],
  ['no documents', anAnswer({ policyDocuments: undefined })],
  ['a disconnect after 299 s', anAnswer({ disconnectAfterInSeconds: 299 })],
  ['a refresh after 86401 s', anAnswer({ refreshAfterInSeconds: 86_401 })],
])('§5a refuses %s', (_, answer) => {
  expect(() => readAuthorizerAnswer(answer)).toThrow(/AWS takes|not an object|not a boolean|not a list/)
})
