// The lint rules of the house: strict and typed, and a few bans that name their reason.
import tseslint from 'typescript-eslint'

const bansEverywhere = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  {
    selector: 'ImportExpression:not([source.type="Literal"])',
    message: 'No code by name: a class resolves in src/plugins.ts, a user module in src/runtime/plugin-path.ts.'
  }
]

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'tools/', '.cache/', 'test/vectors/', 'eslint.config.js'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // node:test's own test() returns a promise that the runner awaits.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', ...bansEverywhere]
    }
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' }]
        }
      ]
    }
  },
  {
    // What a process says is waited for, or asked once it has ended; what it reads may be written after its end.
    files: ['**/*.test.ts', 'test/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...bansEverywhere,
        {
          selector: 'CallExpression[callee.property.name="log"][arguments.length=0]',
          message:
            'A log read at one instant fails on a loaded machine: said, and at the end neverSaid, saidTimes, logAtEnd.'
        },
        {
          selector: 'CallExpression[callee.object.name="assert"] CallExpression[callee.property.name="found"]',
          message: 'What was said so far is to wait with, not to judge by: said, and at the end neverSaid, saidTimes.'
        },
        {
          selector:
            'CallExpression[callee.object.name="assert"] > AwaitExpression > CallExpression[callee.object.name=/worker|running/i][callee.property.name="stop"]',
          message: 'stop() fails with the log by itself, and takes the exit code that is expected.'
        }
      ]
    }
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    ignores: ['test/kit/child.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          property: 'stdin',
          message: 'A child may have ended: writeInput and endInput of test/kit/child.ts outlive that.'
        }
      ]
    }
  },
  { files: ['**/*.mjs', '**/*.js'], extends: [tseslint.configs.disableTypeChecked] }
)
