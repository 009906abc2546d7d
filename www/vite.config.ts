import { defineConfig } from 'vite';

// The page is served by the service itself, from any place: no absolute address but /api, /ws, /health.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    outDir: 'dist',
    // Inlined files would need data: in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    sourcemap: false,
  },
  esbuild: { legalComments: 'none' },
  server: { proxy: { '/api': 'http://127.0.0.1:8050', '/health': 'http://127.0.0.1:8050', '/ws': { target: 'ws://127.0.0.1:8050', ws: true } } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
