// The page's messages against the centre's own document.

import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { ANSWERS, HEALTH_STATES, TEST_OUTCOMES } from './wire'

interface Schema {
  enum?: string[]
  properties?: Record<string, unknown>
  required?: string[]
}

const document = JSON.parse(readFileSync('../central/openapi.json', 'utf8')) as {
  components: { schemas: Record<string, Schema & { oneOf?: (Schema & { allOf?: Schema[] })[] }> }
}
const { schemas } = document.components

/** Names of an enum, whether the document lists them at once or one by one. */
function names(of: string): string[] {
  const schema = schemas[of]
  return schema?.enum ?? schema?.oneOf?.flatMap((one) => one.enum ?? []) ?? []
}

describe('the centre speaks of', () => {
  it.each([
    ['VerifyAnswer', ANSWERS],
    ['HealthState', HEALTH_STATES],
    ['TestOutcome', TEST_OUTCOMES],
  ])('%s as the page does', (name, ours) => {
    expect(names(name).sort()).toEqual([...ours].sort())
  })

  it('health in the cases that the page has words for', () => {
    const text = JSON.stringify(schemas['HealthAnswer'])
    for (const said of ['not_asked', 'no_provider', 'unavailable', 'implausible', 'no_record', 'known']) {
      expect(text).toContain(`"${said}"`)
    }
    expect(Object.keys(schemas['HealthReport']?.properties ?? {}).sort()).toEqual(['as_of', 'latest_test', 'state'])
  })

  it('requests and answers with these fields', () => {
    expect(Object.keys(schemas['VerifyRequest']?.properties ?? {}).sort()).toEqual(['payload', 'place', 'register', 'scanner'])
    expect(Object.keys(schemas['VerifyResponse']?.properties ?? {}).sort()).toEqual([
      'answer',
      'health',
      'issued_at',
      'masked_name',
      'masked_number',
      'registration_reference',
      'server_time',
      'valid_through',
      'watermark',
    ])
  })
})
