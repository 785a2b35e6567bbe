// The kinds of settings that a broker.conf and a namesrv.conf have: each a default and a meaning.
// Values may be text, as properties files and the environment give them.

import * as z from 'zod'

/** A whole number of things, bytes or ms, from 0. */
export const count = (fallback: number, meaning: string) =>
  z.coerce.number().int().nonnegative().default(fallback).describe(meaning)

export const flag = (fallback: boolean, meaning: string) =>
  z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .default(fallback)
    .describe(meaning)

export const text = (fallback: string, meaning: string) =>
  z.string().default(fallback).describe(meaning)

const secretName = /(?:secret|secretKey|password|token|credentials|initAuthenticationUser)$/i

const urlPassword = /(:\/\/[^:@/]*:)[^@/]*(?=@)/

/** What is shown of a setting: never what opens a door. `path` ends with its name. */
export function shownSetting(path: string, value: unknown): unknown {
  if (value && secretName.test(path)) return '********'
  return typeof value === 'string' ? value.replace(urlPassword, '$1********') : value
}
