import { readdirSync } from 'node:fs'
import js from '@eslint/js'
import { importX } from 'eslint-plugin-import-x'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/**
 * The layers of docs/architecture.md, top to bottom. A folder may import from folders below it only, types included.
 * `core` is the floor; `pipelines` and the checks of them are the only parts of the engine that see every other part.
 */
const engineOrder = [
  ['checks'],
  ['pipelines'],
  ['runtime'],
  ['models'],
  ['schedulers', 'vector'],
  ['image'],
  ['tokenizers', 'onnx', 'lora'],
  ['formats'],
  ['core'],
]

/** A command knows `shared` and none of the other commands; parity cases of whole edits are made by `convert`. */
const cliOrder = [
  ['testing'],
  ['parity'],
  ['bench', 'compose', 'convert', 'doctor', 'edit', 'graph', 'matte', 'random-flux', 'sheet', 'style-cards'],
  ['shared'],
]

/** What no folder of `root` may import: those in rows above it and, where they are strangers, those beside it. */
function zonesOf(root, order, { strangers = false } = {}) {
  const unordered = readdirSync(root, { withFileTypes: true }).find(
    (entry) => entry.isDirectory() && !order.flat().includes(entry.name),
  )
  if (unordered) throw new Error(`${root}/${unordered.name} has no place in eslint.config.js's order. Give it one.`)
  return order
    .flatMap((row, depth) =>
      row.map((folder) => ({
        target: `./${root}/${folder}`,
        from: [...order.slice(0, depth).flat(), ...(strangers ? row.filter((other) => other !== folder) : [])].map(
          (other) => `./${root}/${other}`,
        ),
        message: `Not below ${folder}; imports run downwards only.`,
      })),
    )
    .filter((zone) => zone.from.length > 0)
}

const engineZones = zonesOf('src/engine', engineOrder)
const cliZones = zonesOf('cli', cliOrder, { strangers: true })

const zones = [
  ...engineZones,
  ...cliZones,
  {
    target: './src/engine',
    from: ['./src/ui', './src/workers', './cli', './training'],
    message: 'The engine knows nothing above it.',
  },
  {
    target: './src/workers',
    from: ['./src/ui', './cli', './training'],
    message: 'Workers know nothing of the screen.',
  },
  {
    target: './src/ui',
    from: ['./src/engine', './cli', './training'],
    message: 'The screen talks to the door (src/workers/engine-api, engine-client) only.',
  },
  { target: './cli', from: './training', message: 'The CLI uses the engine directly.' },
  // A saved picture's recipe has one reader.
  {
    target: './cli',
    from: './src/ui',
    except: ['./project/saved-recipe.ts', './project/project.ts', './project/testing.ts'],
    message: 'The CLI uses the engine directly.',
  },
  {
    target: './cli',
    from: './src/workers',
    except: ['./png-text.ts', './strokes.ts', './picture-api.ts'],
    message: 'The CLI uses the engine directly.',
  },
]

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'training', 'public', 'test-results', 'playwright-report', 'coverage'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  importX.flatConfigs.typescript,
  {
    languageOptions: {
      parserOptions: {
        // The few plain scripts have no types to check against but their own.
        projectService: {
          allowDefaultProject: ['*.js', 'scripts/*.mjs', 'cli/*.mjs'],
          maximumDefaultProjectFileMatchCount_THIS_WILL_SLOW_DOWN_LINTING: 16,
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      ...reactHooks.configs.recommended.rules,
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['src/engine/**'],
    ignores: ['src/engine/**/*.test.ts'],
    rules: {
      // The engine runs in a worker and in Node alike.
      'no-restricted-globals': [
        'error',
        'window',
        'document',
        'indexedDB',
        'localStorage',
        'process',
        'Buffer',
        'navigator',
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            'node:*',
            'react',
            'react-dom',
            'zustand',
            'comlink',
            'idb-keyval',
            'onnxruntime-web',
            'onnxruntime-node',
            'sharp',
          ],
        },
      ],
    },
  },
  {
    files: ['src/engine/**'],
    ignores: ['src/engine/runtime/**', 'src/engine/**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['node:*', 'react', 'react-dom', 'zustand', 'comlink', 'idb-keyval', 'onnxruntime-*', 'sharp'] },
      ],
    },
  },
  {
    // A model's test runs its graph, so it may reach up to the runtime, a command's makes its files by another command;
    // what lies outside the engine and the command line stays closed.
    files: ['src/engine/**/*.test.ts', 'cli/**/*.test.ts'],
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        { zones: zones.filter((zone) => !engineZones.includes(zone) && !cliZones.includes(zone)) },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', performance: 'readonly' },
    },
  },
)
