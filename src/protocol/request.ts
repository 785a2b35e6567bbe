// A request is an entry of one table: what Java spreads over RequestCode, a header class,
// @CFNotNull, @RocketMQAction and @RocketMQResource.

import { MqError } from '../base/errors.ts'
import type { Fields, HeaderOf } from './field.ts'

/** Actions of Apache's ACL 2.0 (org.apache.rocketmq.common.action.Action). */
export type Action = 'Pub' | 'Sub' | 'Create' | 'Update' | 'Delete' | 'Get' | 'List'

/** One of these is enough. */
type Actions = Action | readonly Action[]

/** Topics and groups that a body names. */
export type NamesInBody = {
  readonly topics?: readonly string[]
  readonly groups?: readonly string[]
}

/**
 * What the caller must be allowed: an action on each topic or group that the header or the body
 * names, or on the cluster. `open` needs nothing but to be known where that is asked for; `peer`
 * is for members of the cluster.
 */
type Access =
  | 'open'
  | 'peer'
  | {
      readonly topic?: Actions
      readonly group?: Actions
      readonly cluster?: Actions
      /** Where the names are, if not in the header. Throws `malformed-body`. */
      readonly namesIn?: (body: Uint8Array) => NamesInBody
      /** A request without a name needs nothing; else it needs an administrator. */
      readonly mayNameNone?: boolean
      /** A topic that needs nothing. */
      readonly butFor?: string
    }

type ServedBy = 'broker' | 'namesrv' | 'controller' | 'client'

/** The text map of a command's header, `extFields`. Inherits no names from a prototype. */
export type ExtFields = Record<string, string>

/**
 * A new map, empty. What it inherits from is empty too, so no name is special in it; an object
 * without any prototype would be as safe, but takes twice as long to fill and to print.
 */
const TextMap = function TextMap() {} as unknown as new () => ExtFields
TextMap.prototype = Object.freeze(Object.create(null))

export type RequestSpec<H extends Fields = Fields, R extends Fields = Fields> = {
  readonly code: number
  readonly name: string
  readonly servedBy: ServedBy
  readonly access: Access
  /** The Java class the header comes from. */
  readonly source: string
  readonly header: H
  /** The fields of a successful answer. */
  readonly reply: R
  /** Throws `invalid-argument` naming the first field that is missing or wrong. */
  parseHeader(ext: ExtFields | undefined): HeaderOf<H>
  printHeader(header: HeaderOf<H>): ExtFields
  parseReply(ext: ExtFields | undefined): HeaderOf<R>
  printReply(reply: HeaderOf<R>): ExtFields
  /** As `printReply`, and then as JSON; only where that is worth a function of its own. */
  printReplyJson?(reply: HeaderOf<R>): string
}

type Declaration<H extends Fields, R extends Fields> = Pick<
  RequestSpec<H, R>,
  'code' | 'name' | 'servedBy' | 'access' | 'source' | 'header'
> & {
  readonly reply?: R
  /** Faster than the table for usual fields; undefined for any that it leaves to the table. */
  parseUsual?(ext: ExtFields): HeaderOf<H> | undefined
  printReplyJson?(reply: HeaderOf<R>): string
}

/** Declares a request. */
export function request<H extends Fields, R extends Fields = Record<never, never>>(
  declared: Declaration<H, R>,
): RequestSpec<H, R> {
  const reply = declared.reply ?? ({} as R)
  const headerCodec = codec(declared.header)
  const replyCodec = codec(reply)
  const { parseUsual, ...rest } = declared
  return {
    ...rest,
    reply,
    parseHeader:
      parseUsual === undefined
        ? headerCodec.parse
        : (ext) => (ext && parseUsual(ext)) ?? headerCodec.parse(ext),
    printHeader: headerCodec.print,
    parseReply: replyCodec.parse,
    printReply: replyCodec.print,
  }
}

function codec<F extends Fields>(fields: F) {
  const rows = Object.entries(fields).map(([key, field]) => ({
    key,
    wire: field.wire ?? key,
    field,
  }))

  const parse = (ext: ExtFields | undefined): HeaderOf<F> => {
    const header: Record<string, unknown> = {}
    for (const { key, wire, field } of rows) {
      const value = ext?.[wire]
      if (value !== undefined) {
        try {
          header[key] = field.parse(value)
        } catch (cause) {
          throw new MqError(
            'invalid-argument',
            'a header field is wrong',
            { field: wire },
            { cause },
          )
        }
      } else if (field.fallback !== undefined) header[key] = field.fallback
      else if (!field.optional) {
        throw new MqError('invalid-argument', 'a header field is missing', { field: wire })
      }
    }
    return header as HeaderOf<F>
  }

  const print = (header: HeaderOf<F>): ExtFields => {
    const ext = new TextMap()
    const values = header as Record<string, unknown>
    for (const { key, wire, field } of rows) {
      const value = values[key]
      if (value !== undefined) ext[wire] = field.print(value)
    }
    return ext
  }

  return { parse, print }
}
