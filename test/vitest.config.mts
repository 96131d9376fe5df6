import { defineConfig } from 'vitest/config';

/** What takes long, as it starts programs by the hundred, browsers, or users: `npm run test:proofs`. */
const proofs = [
  'test/{proofs,attacks,bench,journeys,root}/**/*.test.ts',
  'test/collection/{embed,guide,pages,qa-collection,state,two-values,v3,visualize,whole-qa}.test.ts',
  'test/commands/fleet/{export,remove,rename,set}.test.ts',
  'test/commands/{client,key,store}/*.test.ts',
  'test/manual/completion.test.ts',
  'test/commands/{adopt,connections,consent,demo,doctor,exchange,exec-restart,lint,listen,log,qa,refresh,restore,revoke,sandbox,schedule,serve-residents,status,status-many,token}.test.ts',
  'test/environment/database/!(url).test.ts',
  'test/environment/files/git.test.ts',
  'test/consent/forged-states.test.ts',
  'test/network/{loopback,wire}.test.ts',
  'test/schedule/as-run.test.ts',
  'test/serve/keep-warm.test.ts',
  'test/qa/{mutants,recording-secrets,replay,report-browser,report-size}.test.ts',
  'test/sandbox/pages.test.ts',
  'test/serve/{away,database,doors,renewal,web-pages}.test.ts',
  'test/library.test.ts',
  'test/package/{build,guards,installed,pack}.test.ts',
];

const project = (name: string, include: readonly string[], exclude: readonly string[]) => ({
  extends: true as const,
  test: { name, include: [...include], exclude: [...exclude, '**/node_modules/**'] },
});

export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    maxWorkers: '100%',
    isolate: false, // loading all modules anew for each file costs much; no file changes what others see
    testTimeout: 600_000, // a hang is found out all the same, and a noisy machine is none
    hookTimeout: 600_000,
    projects: [project('quick', ['test/**/*.test.ts'], [...proofs, 'test/fixtures/**']), project('proofs', proofs, [])],
  },
});
