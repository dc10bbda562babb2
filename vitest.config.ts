import { defineConfig } from 'vitest/config';

const everywhere = ['**/node_modules/**', 'build/**'];
const special = [
  '**/*.store.test.ts',
  '**/*.contract.test.ts',
  '**/*.netns.test.ts',
  '**/*.container.test.ts',
  '**/*.browser.test.ts',
  '**/*.qemu.test.ts',
];

/** No test measures time: a bound is there to end what hangs, on a busy machine as well. */
const POLL = { poll: { timeout: 30_000 } };

function kind(name: string, timeoutSeconds: number, fileParallelism: boolean, globalSetup: readonly string[] = []) {
  return {
    test: {
      name,
      globalSetup: [...globalSetup],
      include: [`**/*.${name}.test.ts`],
      exclude: everywhere,
      testTimeout: timeoutSeconds * 1000,
      hookTimeout: timeoutSeconds * 1000,
      fileParallelism,
      expect: POLL,
    },
  };
}

/** One project for each kind of test; `npm run test:<kind>` runs one of them. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts', '**/*.test.tsx'],
          exclude: [...everywhere, ...special],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: POLL,
        },
      },
      kind('store', 60, true, ['cloud-stub/store/testing-postgres.ts']),
      kind('contract', 60, true),
      kind('netns', 120, false),
      kind('container', 120, false),
      kind('browser', 120, false),
      kind('qemu', 900, false),
    ],
  },
});
