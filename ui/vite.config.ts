import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Relative addresses, because the program serves the page under its own scheme.
  base: './',
  define: {
    // Only the composition API of vue-i18n, and no developer tools in the shipped page.
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    // WebKitGTK 2.50 shows this page.
    target: 'safari18',
    // One stylesheet and few chunks are enough, because everything is read from the local disk.
    cssCodeSplit: false,
    // The content security policy allows script files only, no inline scripts.
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
    // axe needs seconds for a whole screen on a busy machine with two cores.
    testTimeout: 60_000,
  },
})
