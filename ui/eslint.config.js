import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['src/testing/fake/catalogue.ts', 'dist', 'node_modules', 'src/bindings.ts', 'src/i18n/generated.ts'] },
  ...tseslint.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    rules: {
      'no-console': 'error',
      'no-eval': 'error',
      eqeqeq: 'error',
      'no-restricted-globals': [
        'error',
        { name: 'sessionStorage', message: 'Personal data must never be kept by the page.' },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: false }],
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['warn', { html: { void: 'always', normal: 'never', component: 'always' }, svg: 'always' }],
      'vue/no-v-html': 'error',
      'vue/attributes-order': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
)
