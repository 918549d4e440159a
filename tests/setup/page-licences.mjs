// Refuses page packages that ship under a licence outside the list in deny.toml.
import { readFileSync } from 'node:fs'

const list = /\[licenses\][^]*?\nallow = \[([^]*?)\]/.exec(readFileSync('deny.toml', 'utf8'))[1]
const accepted = new Set([...list.matchAll(/"(.+?)"/g)].map((match) => match[1]))
const locked = ['ui', 'web'].flatMap((folder) => {
  const { packages } = JSON.parse(readFileSync(`${folder}/package-lock.json`, 'utf8'))
  return Object.entries(packages)
})
// devOptional: one that a shipped package would like and only the build has.
const shipped = locked.filter(([path, { dev, devOptional }]) => path && !dev && !devOptional)

// Of "A OR B" one is enough; anything more involved is for a person to read.
const refused = shipped.filter(([, { license = '' }]) => {
  return !license.replace(/^\(|\)$/g, '').split(' OR ').some((name) => accepted.has(name))
})
for (const [path, { license = 'no licence' }] of refused) console.error(`${path}: ${license} is not accepted`)
console.log(`supply: page: licences of ${shipped.length - refused.length} of ${shipped.length} shipped packages are accepted`)
process.exitCode = refused.length > 0 || shipped.length === 0 ? 1 : 0
