import { defineConfig } from 'vite';

// The fixture server or a real `jingwei serve`; both answer the same addresses.
const backend = process.env.BACKEND ?? 'http://127.0.0.1:8090';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2021',
    // The tables of the chunks that a first load fetches are read by scripts/size.mjs.
    manifest: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': backend, '/sign-in/': backend } },
  preview: { proxy: { '/api': backend, '/sign-in/': backend } },
});
