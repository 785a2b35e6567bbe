// openapi/ws-v1.schema.json as something that judges frames.

import { readFileSync } from 'node:fs'
import * as z from 'zod'

type Schema = { readonly $defs: Readonly<Record<string, object>> }

export const webSocketSchema: Schema = JSON.parse(readFileSync('openapi/ws-v1.schema.json', 'utf8'))

const judges = new Map<string, z.ZodType>()

/** What is wrong with `value` as one of the schema's definitions; undefined when nothing is. */
export function wrongAs(definition: string, value: unknown): string | undefined {
  const judge = judges.get(definition) ?? compile(definition)
  const { error } = judge.safeParse(value)
  return error && `${JSON.stringify(value)}: ${z.prettifyError(error)}`
}

function compile(definition: string): z.ZodType {
  const { $defs } = webSocketSchema
  const judge = z.fromJSONSchema({
    $defs,
    $ref: `#/$defs/${definition}`,
  } as z.core.JSONSchema.BaseSchema)
  judges.set(definition, judge)
  return judge
}
