import { join } from 'node:path';

/**
 * For NODE_COMPILE_CACHE: many programs run beside each other, and some are started again and again. Node keeps here what
 * it made of their sources (module.enableCompileCache()), so that each starts faster and takes less memory.
 */
export const COMPILE_CACHE = join(import.meta.dirname, '../../build/compile-cache');
