// The one thing of `yaml` that is used: a bundle has what a CommonJS package exports under its
// default only, when it is loaded with `import()`.

export { parse } from 'yaml'
