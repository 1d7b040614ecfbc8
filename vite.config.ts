import { defineConfig } from 'vite';
import { embed } from './shaders/embed.mjs';

export default defineConfig({
  root: 'demo',
  base: './',
  build: { outDir: '../dist-demo', emptyOutDir: true, target: 'es2022' },
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
