import { defineConfig } from 'vite';
import { embedModels } from './models/embed.mjs';
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
    // Each model is a chunk, of 1.56 MB at most.
    chunkSizeWarningLimit: 1600,
    rolldownOptions: { input: ['index', 'train', 'check', 'speed'].map((page) => `demo/${page}.html`) },
  },
  plugins: [
    {
      // Kernels and models are generated modules: written before the first import, kernels again whenever a shader changes.
      name: 'lexel-shaders',
      buildStart() {
        embed();
        embedModels();
      },
      handleHotUpdate({ file }) {
        if (file.endsWith('.wgsl')) embed();
      },
    },
  ],
});
