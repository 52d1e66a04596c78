import { defineConfig } from 'vite';

// `npm run dev` asks a stack that runs already: STACK=http://127.0.0.1:8787.
const stack = process.env['STACK'] ?? 'http://127.0.0.1:8787';

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsDir: 'assets',
    // A data: address would need the policy to allow one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    // Which chunk loads which, for the budgets.
    manifest: true,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: {
    proxy: { '/api': { target: stack, changeOrigin: true }, '/local': { target: stack, changeOrigin: true } },
  },
});
