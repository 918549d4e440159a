// The messages of portal and kiosk against the centre's own document.

import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { ACTIONS, DISMISSALS, FIELDS, STANDINGS } from './channel'

interface Schema {
  enum?: string[]
  properties?: Record<string, unknown>
}

const document = JSON.parse(readFileSync('../central/openapi.json', 'utf8')) as {
  components: { schemas: Record<string, Schema & { oneOf?: Schema[] }> }
}
const { schemas } = document.components

/** Names of an enum, whether the document lists them at once or one by one. */
function names(of: string): string[] {
  const schema = schemas[of]
  return schema?.enum ?? schema?.oneOf?.flatMap((one) => one.enum ?? []) ?? []
}

describe('the centre speaks of', () => {
  it.each([
    ['Action', ACTIONS],
    ['Standing', STANDINGS],
    ['CorrectionField', FIELDS],
    ['Dismissal', DISMISSALS],
  ])('%s as portal and kiosk do', (name, ours) => {
    expect(names(name).sort()).toEqual([...ours].sort())
  })

  it.each([
    ['ChannelView', ['code', 'has_photo', 'masked_number', 'name', 'offers', 'relatives', 'reports']],
    ['ChannelCode', ['copies', 'issued_at', 'serial', 'standing', 'valid_through']],
    ['Offer', ['action', 'refusal']],
    ['ChannelReport', ['dismissed', 'field', 'filed_at', 'id', 'open']],
    ['ChannelRelative', ['citizen_ref', 'masked_name', 'relation']],
  ])('%s with these fields', (name, fields) => {
    expect(Object.keys(schemas[name]?.properties ?? {}).sort()).toEqual(fields)
  })
})
