// One word for one thing, wherever a person reads it: page, sentences from Rust, handbooks.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { zh } from './zh'

/** Retired words, each with the word to use instead. */
const RETIRED: Record<string, string> = {
  当事人: '申请人',
  办事人: '申请人',
  持码人: '申请人',
  市民: '申请人',
  可凭声明: '告知承诺、容缺受理',
  带出: '离线数据导出',
  带入: '离线数据导入',
  校验链: '校验完整性',
  已被补换: '已换发新码',
  照芯片填: '按芯片姓名填写',
  不再等待: '停止等待',
  未达标: '不达标',
  码纸: '离线码（纸质）',
  纸质码: '离线码（纸质）',
  读不出: '无法识读',
}
const FOLDERS = ['rules', 'desk', 'counter', 'drivers', 'paper', 'central', 'learn', 'src-tauri'].map((room) => `../${room}/src`)
const HANDBOOKS = ['handbook', 'handbook-corrections', 'install', 'desk-check'].map((name) => `../docs/${name}.md`)

function textsOf(tree: object): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === 'object' && value !== null ? textsOf(value) : [String(value)]))
}
function rustFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return rustFiles(path)
    return entry.name.endsWith('.rs') ? [path] : []
  })
}
function literalsOf(file: string): string[] {
  const code = readFileSync(file, 'utf8').replace(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(/"([^"\n]*)"/g)].map((match) => match[1] ?? '')
}

const READ: [string, string[]][] = [
  ['the page', textsOf(zh)],
  ['the sentences from Rust', FOLDERS.flatMap(rustFiles).flatMap(literalsOf)],
  ['the pages for phones', [readFileSync('../web/src/words/zh.ts', 'utf8')]],
  ['the handbooks', HANDBOOKS.map((path) => readFileSync(path, 'utf8'))],
]

describe('one word for one thing', () => {
  it.each(READ)('holds in %s', (_place, texts) => {
    expect(texts.some((text) => /\p{Script=Han}/u.test(text))).toBe(true)
    const rivals = texts.flatMap((text) =>
      Object.entries(RETIRED).flatMap(([old, now]) => (text.includes(old) ? [`${old}, say ${now}: ${text.slice(0, 60)}`] : [])),
    )
    expect(rivals).toEqual([])
  })

  it('calls the log-in secret 密码, never 口令', () => {
    const secrets = READ.flatMap(([, texts]) => texts).filter((text) => text.includes('口令'))
    expect(secrets).toEqual([])
  })
})

it('the handbook gives the reasons for a correction in the words of the page', () => {
  const handbook = readFileSync('../docs/handbook-corrections.md', 'utf8')
  const missing = Object.entries(zh.reason).filter(([code, words]) => !handbook.includes(`| ${code} ${words} |`))
  expect(missing).toEqual([])
})
