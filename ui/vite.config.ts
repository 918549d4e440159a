import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Relative addresses: the page is served from the program itself, under a scheme of its own.
  base: './',
  define: {
    // The composition API of vue-i18n only, and no developer tools in the delivered page.
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    // WebKitGTK 2.50 is what shows this page.
    target: 'safari18',
    // One stylesheet and few chunks: everything comes from the local disk.
    cssCodeSplit: false,
    // No inlined script: the content security policy allows files of the program only.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { host: '127.0.0.1' },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    maxWorkers: 2,
    // axe over a whole screen takes seconds on a busy two-core machine.
    testTimeout: 60_000,
  },
})
