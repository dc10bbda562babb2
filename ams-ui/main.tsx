/* oxlint-disable import/no-unassigned-import -- styles, and a setting that must come before every schema */
import './ams/zod-without-eval.ts';
import '@patternfly/react-core/dist/styles/base.css';
import './styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startLanguage } from './language/language.ts';
import { followColourScheme } from './parts/colour-scheme.ts';

followColourScheme();
await startLanguage();
const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no place for the page');
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
