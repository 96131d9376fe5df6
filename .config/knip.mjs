/** @type {import('knip').KnipConfig} */
export default {
  entry: [
    'scripts/index.ts', // the library
    'scripts/{fleet/worker,sandbox/main}.ts', // processes of their own
    'scripts/man-pages.ts', // what the build runs
    'scripts/package/*.js', // there before anything is built
    'collections/src/**/{prerequest,test}.js',
    'collections/src/xero-oauth2-qa/_shared/*.js', // named by the builder of the QA collection
    'test/**/*-preload.js',
    'test/bench/bare-newman.js',
    'test/fixtures/**/*.check.ts',
  ],
  project: ['scripts/**/*.{ts,js}', 'test/**/*.{ts,js}', 'collections/src/**/*.js', '.config/*.mjs'],
  exclude: ['binaries'], // programs of the system
  ignoreDependencies: [
    'postman-collection', // only types, and of the copy that comes with Newman
    '@arethetypeswrong/cli', // it and the next one are started by scripts/package/check.js
    'publint',
    'crypto-js', // of Postman's sandboxes
  ],
  eslint: { config: ['.config/eslint.mjs'] },
  'dependency-cruiser': { config: ['.config/dependency-cruiser.mjs'] },
  compilers: {
    // What is loaded late is named like this: `const { run } = require('./run') as typeof import('./run')`.
    ts: (text) => text.replaceAll(/require\(('[^']+')\) as typeof import\(\1\)/g, 'import($1)'),
  },
};
