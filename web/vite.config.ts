import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import vue from '@vitejs/plugin-vue'
import { transformWithOxc, type Plugin, type Rolldown } from 'vite'
import { defineConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Server of the portal's page, for `npm run dev`. */
const PORTAL = process.env['PORTAL'] ?? 'http://127.0.0.1:8444'

/** Browsers of 2018. BigInt, which the signatures need, came with Chrome 67. */
const TARGET = ['chrome67', 'safari14', 'firefox68']

/** Every page, by the name of its folder. */
const PAGES: Record<string, string> = {
  verify: at('verify/index.html'),
  kiosk: at('kiosk/index.html'),
  portal: at('portal/index.html'),
}

/** Files of the public folder that the guard's page needs offline. */
const STATIC = ['verify/manifest.webmanifest', 'verify/icon.svg']

/** The decoder is kept when a phone first needs it. */
const NOT_KEPT = /^assets\/(decoder|zxing)/

type Bundle = Rolldown.OutputBundle

/** Returns the files that a page loads: at once, or ever. */
function filesOf(bundle: Bundle, page: string, when: 'at once' | 'ever'): string[] {
  const chunks = Object.values(bundle).filter((part) => part.type === 'chunk')
  const wanted = chunks.filter((chunk) => chunk.isEntry && chunk.name === page).map((chunk) => chunk.fileName)
  const styles: string[] = []
  for (const name of wanted) {
    const chunk = chunks.find((one) => one.fileName === name)
    const more = [...(chunk?.imports ?? []), ...(when === 'ever' ? (chunk?.dynamicImports ?? []) : [])]
    wanted.push(...more.filter((file) => !wanted.includes(file)))
    styles.push(...(chunk?.viteMetadata?.importedCss ?? []))
  }
  return [...new Set([...wanted, ...styles])]
}

/** Writes the guard's service worker, with the list of the files it keeps. */
function serviceWorker(): Plugin {
  const source = at('src/verify/sw.ts')
  return {
    name: 'service-worker',
    apply: 'build',
    async generateBundle(_, bundle) {
      const files = [...filesOf(bundle, 'verify', 'ever'), ...STATIC].filter((file) => !NOT_KEPT.test(file)).sort()
      const version = createHash('sha256')
        .update(JSON.stringify(files))
        .update(readFileSync(at('verify/index.html')))
        .digest('hex')
        .slice(0, 16)
      // Seen from /verify/, where the worker is.
      const kept = ['./', ...files.map((file) => `../${file}`)]
      const code = readFileSync(source, 'utf8')
        .replace("'__VERSION__'", JSON.stringify(version))
        .replace("['__FILES__']", JSON.stringify(kept))
      const compiled = await transformWithOxc(code, source, { target: TARGET })
      this.emitFile({ type: 'asset', fileName: 'verify/sw.js', source: compiled.code.replace(/\nexport \{\};?\s*$/, '\n') })
    },
  }
}

/** Largest page before the decoder and the code for offline answers, compressed, in bytes. */
const BUDGET = 60_000

/** Refuses a page that grew too large for a slow phone. Each is counted by itself. */
function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const page of Object.keys(PAGES)) {
        const files = filesOf(bundle, page, 'at once')
        const bytes = files.reduce((sum, name) => {
          const part = bundle[name]
          const text = part?.type === 'chunk' ? part.code : String(part?.source ?? '')
          return sum + gzipSync(text).length
        }, 0)
        if (files.length < 2) this.error(`the page ${page} has no code or no style`)
        if (bytes > BUDGET) this.error(`the page ${page} has ${bytes} bytes compressed, more than ${BUDGET}`)
        this.info(`${page}: ${bytes} bytes compressed`)
      }
    },
  }
}

export default defineConfig({
  plugins: [vue(), serviceWorker(), budget()],
  resolve: { alias: { '@': at('src') } },
  // Relative addresses: a city may serve the pages below any path.
  base: './',
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    target: TARGET,
    // The content security policy allows files only, nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: PAGES },
    chunkSizeWarningLimit: 200,
  },
  worker: {
    format: 'iife',
    // The centre gives files of this name a policy of their own (`central/src/http/pages.rs`).
    rollupOptions: { output: { entryFileNames: 'assets/decoder-[hash].js' } },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/v1': process.env['CENTRE'] ?? 'http://127.0.0.1:8443',
      // The portal's server takes requests of its own origin only.
      '/portal/api': { target: PORTAL, headers: { origin: PORTAL } },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    maxWorkers: 2,
    testTimeout: 30_000,
  },
})
