// Tests run what ships: the build writes dist/, AVA maps each test file to its compiled form.
export default {
  files: ['test/**/*.test.ts'],
  typescript: { rewritePaths: { 'test/': 'dist/test/' }, compile: false },
  require: ['./dist/test/support/fuzz-seed.js'],
  timeout: '60s',
}
