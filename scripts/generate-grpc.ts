// Generates gateway/grpc/gen from proto/: static JavaScript and its types, both committed, so
// that neither a build nor an installation needs the generator.
//
//   npm run generate:grpc               writes the files
//   npm run generate:grpc -- --check    fails if the committed ones are not current

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pbjs from 'protobufjs-cli/pbjs.js'
import pbts from 'protobufjs-cli/pbts.js'

const sources = ['service', 'admin'].map((name) => `proto/apache/rocketmq/v2/${name}.proto`)
const target = 'gateway/grpc/gen/messaging'

const note = `// Made from proto/ by scripts/generate-grpc.ts. Do not edit.\n`

type Tool = { main(args: string[], done: (error: Error | null, output?: string) => void): unknown }

function run(tool: Tool, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    tool.main(args, (error, output) => (error ? reject(error) : resolve(output ?? '')))
  })
}

const generate = (...more: string[]): Promise<string> =>
  run(pbjs, [
    ...['--target', 'static-module', '--wrap', 'esm', '--dependency', 'protobufjs/minimal.js'],
    ...['--root', 'rocketway', '--path', 'proto', '--force-number'],
    ...['--no-create', '--no-verify', '--no-convert', '--no-delimited', '--no-typeurl'],
    ...['--no-service', ...more, ...sources],
  ])

/**
 * What runs. 64-bit numbers become plain ones where they are read: offsets and seconds stay
 * below 2^53, and an object per field would cost more than the decoding.
 */
export async function generatedJavaScript(): Promise<string> {
  const output = await generate('--no-comments')
  return (
    note +
    output
      .replace(/^\/\*eslint.*\n/, '')
      .replace(/\n+export \{\n {2}\$root as default\n\};\n*$/, '\n')
      .replaceAll('$util.Long ? $util.Long.fromBits(0,0,false) : 0', '0')
      .replaceAll('reader.int64()', 'int64(reader)')
      .replace(
        'const $root',
        `const int64 = (reader) => {
    const value = reader.int64();
    return typeof value === "number" ? value : value.toNumber();
};
const $root`,
      )
      .concat('\nexport const v2 = apache.rocketmq.v2;\n')
  )
}

/** The types: `v2.<Message>` is what decoding gives, `v2.<Message>.Fields` what encoding takes. */
export async function generatedTypes(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'generate-grpc-'))
  try {
    const documented = join(folder, 'messaging.js')
    writeFileSync(documented, await generate())
    return note + tidyTypes(await run(pbts, [documented]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function tidyTypes(output: string): string {
  return output
    .replaceAll(/[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n/g, '')
    .replace(
      /import \* as \$protobuf.*\n/,
      "import type * as $protobuf from 'protobufjs/minimal.js';\n",
    )
    .replace(/import Long.*\n/, '')
    .replaceAll(/[ \t]*interface I\w+ extends [\w.]+\.\$Properties \{\s*\}\n/g, '')
    .replaceAll(/^( *)type \$Shape = (?:[^\n]*;\n|\{\n[\s\S]*?\n\1[)}];\n)/gm, '')
    .replaceAll(/[ \t]*\$unknowns\?: Uint8Array\[\];\n/g, '')
    .replaceAll(/ & [\w.]+\.\$Shape/g, '')
    .replaceAll('$Properties', 'Fields')
    .replaceAll('apache.rocketmq.v2.', 'v2.')
    .replace(
      /export namespace apache \{\s*namespace rocketmq \{\s*namespace v2 \{/,
      'export namespace v2 {',
    )
    .replace(/\n {4}\}\n\}\n(\s*export namespace google)/, '\n$1')
    .replaceAll(/\n\s*\n/g, '\n')
}

const isMain = process.argv[1]?.endsWith('generate-grpc.js')
if (isMain) {
  const files = {
    [`${target}.js`]: await generatedJavaScript(),
    [`${target}.d.ts`]: await generatedTypes(),
  }
  for (const [path, content] of Object.entries(files)) {
    if (!process.argv.includes('--check')) writeFileSync(path, content)
    else if (readFileSync(path, 'utf8') !== content) {
      console.error(`${path} is not current: npm run generate:grpc`)
      process.exitCode = 1
    }
  }
}
