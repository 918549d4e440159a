// The command palette (Ctrl+K): every command once, found by name or pinyin.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { i18n } from '@/i18n'
import { isFound, isUnread } from '@/i18n/pinyin'
import { zh } from '@/i18n/zh'
import { SENIOR } from '@/testing/fake/people'
import { openPage, type Page } from '@/testing/page'

const shown = () => [...document.querySelectorAll('[data-testid^=command-]')].map((one) => one.firstElementChild?.textContent?.trim() ?? '')

async function found(page: Page, text: string): Promise<string[]> {
  await page.type('palette-text', text)
  return shown()
}

describe('the command palette', () => {
  it('finds a command by its name, its pinyin and the initials of that', async () => {
    const page = await openPage('clerk', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('k', { ctrlKey: true })
    expect(await found(page, '日结')).toEqual(['日结'])
    expect(await found(page, 'rj')).toContain('日结')
    expect(await found(page, 'rijie')).toEqual(['日结'])
    expect(await found(page, 'bl')).toContain('补领')
    expect(await found(page, 'guashi')).toEqual(['挂失'])
  })

  it('finds English commands by the first letters of their words', () => {
    expect(isFound('Find case', 'fc')).toBe(true)
    expect(isFound('Find case', 'cf')).toBe(false)
  })

  it('calls one thing by one name and shows it once', async () => {
    const page = await openPage('supervisor', '/window', (desk) => desk.layCard(SENIOR))
    await page.press('k', { ctrlKey: true })
    const all = shown()
    expect(all).toEqual([...new Set(all)])
    expect(all.filter((words) => words.includes('更正'))).toEqual(['办理更正', '更正'])
  })

  it('knows a reading of every character that a command is named with', () => {
    const files = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]))
    const keys = files('src')
      .filter((file) => /\.(vue|ts)$/.test(file) && !file.endsWith('.test.ts'))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/words: '([\w.]+)'/g)].map((match) => match[1] ?? ''))
    const named = [zh.place, zh.action, zh.preferences].flatMap((group) => Object.values(group))
    const words = [...named, ...keys.map((key) => i18n.global.t(key)), zh.status.logout, zh.done.printSheet, zh.done.printReceipt, zh.done.again]
    expect([...new Set(words.flatMap((text) => [...text].filter(isUnread)))]).toEqual([])
  })
})
