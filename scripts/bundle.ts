// Puts each program into few files: node takes about a millisecond for each module that it
// loads, and a broker has four hundred. See docs/decisions/0004-bundled-programs.md.
//
// The command, and what it loads when that is asked for (`import('./broker.ts')`), go to
// dist/bundle/main, as deep as src/main, so that `import.meta.url` finds the same files from
// both. What tsc writes to dist stays for tests and for whoever imports `rocketway/client`.

import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build, type Metafile } from 'esbuild'

const folder = 'dist/bundle'

// CommonJS packages ask for node's own modules this way.
const requireForPackages =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

rmSync(folder, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: ['src/main/rocketway.ts'],
  outdir: `${folder}/main`,
  // Of a .js file node would ask the package.json of each folder above it what it is.
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // What packages offer as ES modules can be left out where it is not used.
  mainFields: ['module', 'main'],
  // They look for files of their own beside their code.
  external: ['koffi', 'etcd3'],
  // A stack trace is read as it is, or with `node --enable-source-maps`.
  minify: false,
  sourcemap: true,
  sourcesContent: false,
  banner: { js: requireForPackages },
  metafile: true,
  logLevel: 'warning',
})
chmodSync(`${folder}/main/rocketway.mjs`, 0o755)
writeFileSync(`${folder}/THIRD-PARTY-NOTICES`, noticesOf(metafile))

/** The licences of the packages whose code is in the files. */
function noticesOf({ inputs }: Metafile): string {
  const found = Object.keys(inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path))
  const packages = new Set(found.map((match) => match?.[0]).filter((path) => path !== undefined))
  const notices = [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'))
    const files = readdirSync(path).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    const texts = files.map((file) => readFileSync(`${path}/${file}`, 'utf8').trim())
    return [`${name} ${version}: ${license}`, ...texts].join('\n\n')
  })
  return `Code of these packages is in main/.\n\n${notices.join('\n\n----\n\n')}\n`
}
