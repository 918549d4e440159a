// Writes what a package is made of: sbom.cdx.json (CycloneDX 1.5) and THIRD-PARTY-NOTICES, the
// texts of all licences.
//   node packaging/bill.mjs CRATES.cdx.json[,CRATES.cdx.json] FOLDER [PAGE.cdx.json PAGE_FOLDER]
// The bills come from `cargo cyclonedx` and, for a program with a page, `npm sbom`. This program
// joins them and collects the texts.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const [cratesFiles, folder, pageFile, pageFolder] = process.argv.slice(2)
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const [bill, ...others] = cratesFiles.split(',').map(read)
// Further programs of the same package are components of it, with what they are made of.
for (const other of others) {
  const known = new Set(bill.components.map((component) => component['bom-ref']))
  const added = [other.metadata.component, ...other.components].filter((component) => !known.has(component['bom-ref']))
  bill.components.push(...added)
  const depending = new Set(bill.dependencies.map(({ ref }) => ref))
  bill.dependencies.push(...other.dependencies.filter(({ ref }) => !depending.has(ref)))
}
const page = pageFile && read(pageFile)

// `npm sbom --omit=dev` leaves out vue itself, since tests name it too. The lock file knows better.
const shipped = new Map()
const locked = page ? read(join(pageFolder, 'package-lock.json')).packages : {}
for (const [path, { version, dev, devOptional }] of Object.entries(locked)) {
  const name = path.split('node_modules/').pop()
  if (path && !dev && !devOptional) shipped.set(`${name}@${version}`, join(pageFolder, path))
}
const packages = (page?.components ?? []).filter(({ name, version }) => shipped.has(`${name}@${version}`))

const metadata = JSON.parse(
  execFileSync('cargo', ['metadata', '--locked', '--format-version', '1'], { maxBuffer: 1 << 28 }),
)
const crateFolders = new Map(metadata.packages.map((crate) => [`${crate.name}@${crate.version}`, dirname(crate.manifest_path)]))

// The C sources inside crates are programs of their own, for which weaknesses are published too.
const sqlite = bill.components.find(({ name }) => name === 'libsqlite3-sys')
const openssl = bill.components.find(({ name }) => name === 'openssl-src')
const native = []
if (sqlite) {
  const source = readFileSync(join(crateFolders.get(`${sqlite.name}@${sqlite.version}`), 'sqlcipher/sqlite3.c'), 'utf8')
  native.push(['sqlite', /#define SQLITE_VERSION +"(.+?)"/.exec(source)[1], sqlite])
  native.push(['sqlcipher', /#define CIPHER_VERSION_NUMBER (\S+)/.exec(source)[1], sqlite])
}
if (openssl) native.push(['openssl', openssl.version.split('+')[1], openssl])
for (const [name, version, crate] of native) {
  const reference = `pkg:generic/${name}@${version}`
  bill.components.push({ type: 'library', 'bom-ref': reference, name, version, purl: reference })
  bill.dependencies.push({ ref: reference })
  const parent = bill.dependencies.find(({ ref }) => ref === crate['bom-ref'])
  parent.dependsOn = [...(parent.dependsOn ?? []), reference]
}

if (page) {
  const references = new Set(packages.map((component) => component['bom-ref']))
  const whole = page.metadata.component['bom-ref']
  bill.components.push({ ...page.metadata.component, scope: 'required' }, ...packages)
  for (const { ref, dependsOn = [] } of page.dependencies) {
    if (ref !== whole && !references.has(ref)) continue
    bill.dependencies.push({ ref, dependsOn: dependsOn.filter((other) => references.has(other)) })
  }
  const program = bill.dependencies.find(({ ref }) => ref === bill.metadata.component['bom-ref'])
  program.dependsOn = [...(program.dependsOn ?? []), whole]
}
writeFileSync(join(folder, 'sbom.cdx.json'), JSON.stringify(bill, null, 1) + '\n')

const licence = ({ licenses = [] }) =>
  licenses.map(({ expression, license }) => expression ?? license.id ?? license.name).join(' AND ')
const ours = new Set(metadata.workspace_members)
const isOurs = ({ name, version }) =>
  metadata.packages.some((crate) => crate.name === name && crate.version === version && ours.has(crate.id))
const foreign = [
  ...bill.components.filter(({ purl = '', ...component }) => purl.startsWith('pkg:cargo/') && !isOurs(component)),
  ...packages,
].map((component) => {
  const key = `${component.name}@${component.version}`
  return { component, place: component.purl.startsWith('pkg:npm/') ? shipped.get(key) : crateFolders.get(key) }
})

// Equal texts are printed once, with everybody who uses them.
const texts = new Map()
const without = []
const title = ({ name, version }) => `${name} ${version}`
// Where the C sources keep their own.
const inner = { 'libsqlite3-sys': 'sqlcipher', 'openssl-src': 'openssl' }
const files = (place) =>
  readdirSync(place, { withFileTypes: true })
    .filter((file) => file.isFile() && /^(un)?(licen[cs]e|copying|copyright|notice)/i.test(file.name))
    .map((file) => join(place, file.name))
for (const { component, place } of foreign) {
  const found = files(place)
  if (inner[component.name]) found.push(...files(join(place, inner[component.name])))
  if (found.length === 0) without.push(`${title(component)}: ${licence(component)}`)
  for (const file of found) {
    const text = readFileSync(file, 'utf8').trim()
    const users = texts.get(text) ?? []
    if (!users.includes(title(component))) texts.set(text, [...users, title(component)])
  }
}
const rule = `\n\n${'='.repeat(80)}\n\n`
const list = foreign.map(({ component }) => `${title(component)}: ${licence(component)}`).sort()
const notices = [
  `This package contains the work of others, ${list.length} crates and page packages. All are listed here with their\n` +
    'licence; the texts follow as their authors ship them.\n\n' + list.join('\n'),
  `These ship no text of their own; the standard text of the licence they name stands below, with others:\n\n${without.sort().join('\n')}`,
  ...[...texts].map(([text, users]) => `Used by ${users.sort().join(', ')}:\n\n${text}`),
]
writeFileSync(join(folder, 'THIRD-PARTY-NOTICES'), notices.join(rule) + '\n')
console.log(`${bill.components.length} components, ${texts.size} licence texts, ${without.length} packages without one`)
