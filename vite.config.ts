import { defineConfig } from 'vite';
import { embed } from './shaders/embed.mjs';

export default defineConfig({
  root: 'demo',
  base: './',
  // Nothing inlined: the page's content security policy takes files of its own origin only, no `data:` addresses.
  build: {
    outDir: '../dist-demo',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    rolldownOptions: { input: ['index', 'train', 'check', 'speed'].map((page) => `demo/${page}.html`) },
  },
  plugins: [
    {
      // The kernels are a generated module: written before the first import, and again whenever a shader changes.
      name: 'lexel-shaders',
      buildStart() {
        embed();
      },
      handleHotUpdate({ file }) {
        if (file.endsWith('.wgsl')) embed();
      },
    },
  ],
});
