// The page at /docs: the OpenAPI document and the frames of the WebSocket, for people. Made once
// by the build, so that it needs no script in the browser and no library on the server.

type Schema = Readonly<Record<string, unknown>>
type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}
type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>
type Operation = {
  readonly operationId: string
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly (Parameter | Reference)[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content } | Reference>
  >
}
type Reference = { readonly $ref: string }
export type OpenApi = {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
export type AsyncApi = {
  readonly info: { readonly description: string }
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly summary?: string; readonly examples?: readonly Example[] }>
    >
  }
}
type Example = { readonly payload: unknown }

const methods = ['get', 'post', 'patch', 'delete'] as const

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** Text with `code` and *words* that stand out, paragraph by paragraph. */
const prose = (text = ''): string =>
  text
    .trim()
    .split(/\n\s*\n/)
    .filter((one) => one !== '')
    .map((one) => `<p>${inline(one)}</p>`)
    .join('')

const inline = (text: string): string =>
  escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*(\w+)\*/g, '<em>$1</em>')

export function docsPage(openapi: OpenApi, asyncapi: AsyncApi): string {
  const operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method] as Operation | undefined
      const shared = (item['parameters'] ?? []) as Operation['parameters']
      return operation ? [{ path, method, operation, shared }] : []
    }),
  )
  const sections = openapi.tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(name))
    const items = own.map(({ path, method, operation, shared }) => {
      const given = [...(shared ?? []), ...(operation.parameters ?? [])].map(
        (one) => resolve(one, openapi) as Parameter,
      )
      return `<details id="${operation.operationId}"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code> ${inline(operation.summary ?? '')}</summary>
${prose(operation.description)}${parameterTable(given)}${bodyOf(operation)}${answersOf(operation, openapi)}</details>`
    })
    return `<h2 id="${slug(name)}">${escaped(name)}</h2>${items.join('\n')}`
  })
  const schemas = Object.entries(openapi.components['schemas'] ?? {}).map(
    ([name, schema]) =>
      `<details id="schema-${name}"><summary><code>${name}</code></summary><pre>${linked(schema)}</pre></details>`,
  )
  const frames = Object.entries(asyncapi.components.messages).map(
    ([name, { summary = '', examples = [] }]) =>
      `<details><summary><code>${name}</code> ${escaped(summary)}</summary>${examples
        .map(({ payload }) => `<pre>${escaped(JSON.stringify(payload))}</pre>`)
        .join('')}</details>`,
  )
  const nav = openapi.tags.map(({ name }) => `<a href="#${slug(name)}">${escaped(name)}</a>`)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(openapi.info.title)}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="style.css">
<body class="docs"><h1>${escaped(openapi.info.title)} ${escaped(openapi.info.version)}</h1>
${prose(openapi.info.description)}
<p><a href="openapi.json">openapi.json</a> <a href="asyncapi.json">asyncapi.json</a> <a href="schemas/ws-v1.json">ws-v1.json</a></p>
<nav>${nav.join(' ')} <a href="#websocket">websocket</a> <a href="#schemas">schemas</a></nav>
${sections.join('\n')}
<h2 id="websocket">websocket</h2>${prose(asyncapi.info.description)}${frames.join('\n')}
<h2 id="schemas">schemas</h2>${schemas.join('\n')}</body></html>
`
}

const slug = (name: string): string => name.replaceAll(' ', '-')

function resolve(one: unknown, { components }: OpenApi): unknown {
  const { $ref } = one as Partial<Reference>
  if ($ref === undefined) return one
  const [, , kind = '', name = ''] = $ref.split('/')
  return components[kind]?.[name]
}

function parameterTable(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return ''
  const rows = parameters.map(
    ({ name, in: where, required, description, schema = {} }) =>
      `<tr><td><code>${escaped(name)}</code><td>${where}${required ? ', required' : ''}<td><code>${linked(schema)}</code><td>${prose(description)}`,
  )
  return `<table>${rows.join('')}</table>`
}

function bodyOf({ requestBody }: Operation): string {
  if (!requestBody) return ''
  const rows = Object.entries(requestBody.content).map(([type, { schema = {}, example }]) => {
    const shown = example === undefined ? '' : `<pre>${escaped(JSON.stringify(example))}</pre>`
    return `<tr><td><code>${escaped(type)}</code><td><code>${linked(schema)}</code>${shown}`
  })
  return `<h3>Body</h3><table>${rows.join('')}</table>`
}

function answersOf({ responses }: Operation, openapi: OpenApi): string {
  const rows = Object.entries(responses).map(([status, given]) => {
    const { description = '', content = {} } = resolve(given, openapi) as {
      description?: string
      content?: Content
    }
    const types = Object.entries(content).map(
      ([type, { schema = {} }]) => `<code>${escaped(type)}</code> <code>${linked(schema)}</code>`,
    )
    return `<tr><td>${status}<td>${escaped(description)}<td>${types.join('<br>')}`
  })
  return `<h3>Answers</h3><table>${rows.join('')}</table>`
}

/** A schema as JSON, its references as links. */
const linked = (schema: unknown): string =>
  escaped(JSON.stringify(schema, null, 1)).replace(
    /\{\s*&quot;\$ref&quot;: &quot;#\/components\/schemas\/(\w+)&quot;\s*\}/g,
    '<a href="#schema-$1">$1</a>',
  )
