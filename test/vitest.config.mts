import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dir: 'test',
    globalSetup: 'test/support/build.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
