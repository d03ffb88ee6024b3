import { defineConfig } from 'vitest/config';

/** `npm test` runs the fast tier, `npm run test:deep` what stands in test/deep. */
const deep = process.env['CAPWRIGHT_TEST_TIER'] === 'deep';

export default defineConfig({
  test: {
    include: deep ? ['test/deep/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: deep ? [] : ['test/deep/**'],
    reporters: ['default', './test/closing-line-reporter.ts'],
    testTimeout: deep ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
