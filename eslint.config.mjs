import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// The floors of src/: a folder imports only from those before it in this list.
const floors = [
  'api',
  'models',
  'ui',
  'sidebar',
  'run',
  'notebook',
  'commands',
  'plugins'
];

const keepFloors = floors.map((floor, at) => ({
  files: [`src/${floor}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [
              ...floors.slice(at + 1).map(above => `**/${above}/**`),
              '**/index'
            ],
            message: `src/${floor} lies below it: see docs/design.md`
          }
        ]
      }
    ]
  }
}));

export default defineConfig([
  {
    ignores: [
      '**/*.d.ts',
      '.venv',
      'build',
      'coverage',
      'dist',
      'jupyter_mlx/labextension',
      'lib'
    ]
  },
  js.configs.recommended,
  {
    files: ['*.js'],
    languageOptions: { globals: globals.node, sourceType: 'commonjs' }
  },
  {
    files: ['style/**/*.js'],
    languageOptions: { sourceType: 'module' }
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, jupyter.configs.recommended],
    plugins: { jupyter },
    languageOptions: {
      globals: globals.browser,
      parserOptions: { project: 'tsconfig.test.json' }
    },
    rules: {
      // As in JupyterLab itself, an interface begins with I.
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'], prefix: ['I'] }
      ],
      // Names that merge a token with its type are the lab's way to declare services.
      '@typescript-eslint/no-redeclare': 'off',
      // A signal is given the method and its `this` side by side.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true }
      ],
      // Which parts load late is measured on the bundle itself.
      'jupyter/prefer-lazy-imports': 'off',
      // Numbers read well in templates.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true }
      ],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      // What a machine sends is never markup.
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map(property => ({
          property,
          message: 'Text from a run or a machine goes in as a text node.'
        }))
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Text from a run or a machine goes in as a text node.'
        }
      ],
      'prefer-arrow-callback': 'error'
    }
  },
  ...keepFloors,
  prettier
]);
