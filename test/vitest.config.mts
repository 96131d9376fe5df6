import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dir: 'test',
    globalSetup: 'test/support/build.ts',
    maxWorkers: '100%',
    isolate: false, // loading all modules anew for each file costs much; no file changes what others see
    testTimeout: 180_000, // a hang is found out all the same, and a noisy machine is none
    hookTimeout: 180_000,
  },
});
