/**
 * zod would try `new Function` for its schemas, which the page's policy forbids and reports: it is told not to before
 * the first schema exists, so everything else is loaded afterwards.
 */
import { z } from 'zod';

z.config({ jitless: true });
const { startPage } = await import('./start-page.tsx');
await startPage();
