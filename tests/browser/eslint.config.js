// Lints what runs in Node.js and in the browser with the eslint of the CDK app, from the top of the repository:
// cdk/node_modules/.bin/eslint --max-warnings 0 --config tests/browser/eslint.config.js tests/browser crates/board/assets
import eslint from '../../cdk/node_modules/@eslint/js/src/index.js';

const readonly = (...names) => Object.fromEntries(names.map((name) => [name, 'readonly']));
const BOTH = readonly('AbortSignal', 'URL', 'clearTimeout', 'console', 'fetch', 'performance', 'setInterval', 'setTimeout');
const BROWSER = readonly('DOMParser', 'Node', 'document', 'getComputedStyle', 'innerHeight', 'innerWidth', 'location', 'window');
const rules = {
  eqeqeq: 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'require-await': 'error',
};

export default [
  { ignores: ['**/node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, ...eslint.configs.recommended },
  // Functions that are handed over to a page run in the browser.
  { files: ['tests/browser/**/*.js'], languageOptions: { globals: { ...BOTH, ...BROWSER, ...readonly('process') } }, rules },
  { files: ['crates/board/assets/**/*.js'], languageOptions: { sourceType: 'script', globals: { ...BOTH, ...BROWSER } }, rules },
];
