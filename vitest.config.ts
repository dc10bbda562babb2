import { defineConfig } from 'vitest/config';

const everywhere = ['**/node_modules/**', 'build/**'];

/** Those that `unit` leaves out. */
const KINDS = ['store', 'contract', 'netns', 'container', 'browser', 'qemu'] as const;

/**
 * The files of a worker share its process and the modules that are loaded: loading them anew for each takes longer than
 * most files of these kinds run. So a test puts back what it has changed for all, and mocks no module.
 */
const SHARED = { isolate: false };

/** No test measures time: a bound is there to end what hangs, on a busy machine as well. */
function bounds(timeoutSeconds: number) {
  return {
    testTimeout: timeoutSeconds * 1000,
    hookTimeout: timeoutSeconds * 1000,
    expect: { poll: { timeout: 30_000 } },
    setupFiles: ['test/property-seed.ts'],
  };
}

function kind(name: (typeof KINDS)[number], timeoutSeconds: number) {
  return { name, include: [`**/*.${name}.test.ts`], exclude: everywhere, ...bounds(timeoutSeconds) };
}

const unit = {
  name: 'unit',
  include: ['**/*.test.ts', '**/*.test.tsx'],
  exclude: [...everywhere, ...KINDS.map((name) => `**/*.${name}.test.ts`)],
  ...bounds(60),
  ...SHARED,
};

/** One project for each kind of test; `npm run test:<kind>` runs one of them. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: unit },
      { test: { ...kind('store', 60), ...SHARED, globalSetup: 'cloud-stub/store/testing-postgres.ts' } },
      { test: kind('contract', 60) },
      { test: { ...kind('netns', 120), fileParallelism: false } },
      { test: { ...kind('container', 120), fileParallelism: false } },
      { test: { ...kind('browser', 120), fileParallelism: false } },
      { test: { ...kind('qemu', 900), fileParallelism: false } },
    ],
  },
});
