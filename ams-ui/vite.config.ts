import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const ITALIC_FACE = /@font-face\s*\{[^}]*font-style:\s*italic[^}]*\}/g;

/** PatternFly brings italic faces, which nothing on this page uses; the gateway's image need not carry them. */
const withoutItalicFonts: Plugin = {
  name: 'without-italic-fonts',
  enforce: 'pre',
  transform(code, id) {
    return id.includes('/react-core/dist/styles/base.css')
      ? { code: code.replaceAll(ITALIC_FACE, ''), map: null }
      : null;
  },
};

/** Everything becomes a file of its own: the policy the AMS serves allows no inline script, style or font. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutItalicFonts, react()],
  build: {
    outDir: join(import.meta.dirname, '../build/ams-ui'),
    emptyOutDir: true,
    // What the page is made of, for the image's bill of materials.
    license: { fileName: 'licenses.json' },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
});
