import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { doors, pureRooms } from './rooms.mjs';

const noValues = { allowAny: false, allowBoolean: false, allowNever: false, allowNullish: false, allowRegExp: false };

/** What the strict rules forbid and this house does on purpose, each with its reason. */
const houseStyle = {
  // A number in a text is a number; anything else there is a mistake.
  '@typescript-eslint/restrict-template-expressions': ['error', { ...noValues, allowNumber: true }],
  // A guard is one line, `if (!isKnown) return refuse(ctx);`, whether or not there is anything to return.
  '@typescript-eslint/no-confusing-void-expression': 'off',
  // Effects are plain objects of functions, made to be taken apart; none of them uses `this`.
  '@typescript-eslint/unbound-method': 'off',
  // What few runs need is loaded where it is needed: cron pays for every start.
  '@typescript-eslint/no-require-imports': 'off',
  // A function that answers to an interface of promises is async, whether or not it waits for anything.
  '@typescript-eslint/require-await': 'off',
  // `_` stands for what is not looked at.
  '@typescript-eslint/no-unused-vars': ['error', { ...unusedNames(), ignoreRestSiblings: true }],
};

const testStyle = {
  // Vitest's matchers are `any`, so that they can stand for any value in an expected one.
  '@typescript-eslint/no-unsafe-assignment': 'off',
  // What a test says when it fails may be that something is undefined.
  '@typescript-eslint/restrict-template-expressions': [
    'error',
    { ...noValues, allowNumber: true, allowNullish: true, allowBoolean: true },
  ],
  // What `beforeAll` should have made may be missing when `afterAll` takes it down.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // They look for the control characters of a terminal.
  'no-control-regex': 'off',
};

/** Scripts of Postman: `tsc -b collections` checks their types and knows the names that each sandbox has. */
const postmanStyle = {
  'no-undef': 'off',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  // Postman's old interface, and a name that Newman's sandbox doesn't have.
  'no-restricted-globals': ['error', 'postman', 'tests', 'responseBody', 'responseCode', 'responseTime', 'globalThis'],
};

/** A pattern takes time in proportion to the text: much of what is read is a stranger's, and may be long. */
const linearPatterns = {
  'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
  'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false, ignoreSticky: false }],
};

function unusedNames() {
  return { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' };
}

function globals(...names) {
  return Object.fromEntries(names.map((name) => [name, 'readonly']));
}

export default defineConfig(
  globalIgnores(['dist/', 'reports/', '**/node_modules/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: houseStyle,
  },
  { files: ['test/**/*.ts'], rules: testStyle },
  {
    // Rooms that only decide are told what they have to know of the process.
    files: pureRooms.map((room) => `scripts/${room}/**`),
    ignores: doors.flatMap((door) => [`scripts/${door}`, `scripts/${door}/**`]),
    rules: { 'no-restricted-globals': ['error', 'process'] },
  },
  { files: ['**/*.js'], rules: { 'no-unused-vars': ['error', { ignoreRestSiblings: true }] } },
  {
    files: ['**/*.js'],
    ignores: ['collections/**'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: globals('Buffer', 'URL', '__dirname', 'console', 'performance', 'process', 'setTimeout'),
    },
  },
  { files: ['test/**/*.mjs'], languageOptions: { globals: globals('Headers', 'URL', 'console', 'fetch', 'process') } },
  { files: ['collections/src/**/*.js'], languageOptions: { sourceType: 'module' }, rules: postmanStyle },
  { files: ['scripts/**', 'collections/src/**'], plugins: { regexp }, rules: linearPatterns },
);
