// What people and their tools read: the OpenAPI document, a page for each problem, and the
// files of the console, as the host hands them in.

import { type Failure, failures, MqError } from '../../src/base/errors.ts'
import type { Exchange } from './exchange.ts'

/** A file to be served at a path: `/`, `/rocketway.js`, `/openapi.json`. */
type Page = { readonly contentType: string; readonly body: Uint8Array }
export type Pages = ReadonlyMap<string, Page>

// Only what this gateway serves itself, nothing inline, in no frame.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Answers a page; false when there is none. */
export function servePage(exchange: Exchange, path: string, pages: Pages): boolean {
  const page = pages.get(path)
  if (!page) return false
  exchange.bytes(200, page.contentType, page.body, pageHeaders)
  return true
}

const pageHeaders = { 'Content-Security-Policy': policy, 'Referrer-Policy': 'no-referrer' }

export function serveProblem(exchange: Exchange): void {
  const { name = '' } = exchange.params
  if (!isFailure(name)) throw new MqError('not-found')
  const { title, http, v2, retry } = failures[name]
  const advice = retry
    ? 'The same request may succeed later.'
    : 'The same request will fail again: change it first.'
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title>
<h1>${name}</h1>
<p>In words: ${title}.</p>
<p>HTTP status ${http}, gRPC code ${v2}. ${advice}</p></html>
`
  exchange.text(200, 'text/html;charset=utf-8', text, pageHeaders)
}

const isFailure = (name: string): name is Failure => Object.hasOwn(failures, name)
