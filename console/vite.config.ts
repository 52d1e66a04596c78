import { type ProxyOptions, defineConfig } from 'vite';

// `npm run dev` asks a stack that runs already: STACK=http://127.0.0.1:8787.
const stack = process.env['STACK'] ?? 'http://127.0.0.1:8787';

/** To the stack, which takes requests of its own pages alone: one of ours goes on as if it were one of those, any other as it is. */
const toStack: ProxyOptions = {
  target: stack,
  changeOrigin: true,
  configure: (proxy) => {
    proxy.on('proxyReq', (passed, { headers }) => {
      if (headers.origin === `http://${headers.host}`) passed.setHeader('Origin', new URL(stack).origin);
    });
  },
};

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
  server: { proxy: { '/api': toStack, '/local': toStack } },
});
