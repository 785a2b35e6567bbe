// The settings of access control that a broker and a namesrv share. Keys are Java's.
// Source: AuthConfig; defaults are those of 5.5.0 unless said.

import * as z from 'zod'
import { Authority } from '../access/authority.ts'
import { Directory, type DirectoryFile } from '../access/directory.ts'
import { credentialsShape } from '../access/shapes.ts'
import type { Credentials } from '../access/signature.ts'
import { isLoopbackHost } from '../base/address.ts'
import { MqError } from '../base/errors.ts'
import { flag, text } from '../base/setting.ts'

/** JSON in a line of a properties file. Throws at the start for anything else. */
const jsonOf = <T extends z.ZodType>(shape: T, meaning: string) =>
  text('', meaning).superRefine((value, context) => {
    if (value === '' || shape.safeParse(parse(value)).success) return
    context.addIssue('must be JSON with the two names and nothing else')
  })

const firstUser = z.strictObject({ username: z.string().min(1), password: z.string().min(1) })

export const accessSettings = {
  authenticationEnabled: flag(false, 'Every request has to be signed by a user.'),
  authenticationWhitelist: text('', 'Request codes that need no signature, joined by commas.'),
  authorizationEnabled: flag(false, 'Topics and groups are for users whose policies allow it.'),
  authorizationWhitelist: text('', 'Request codes that need no policy, joined by commas.'),
  initAuthenticationUser: jsonOf(
    firstUser,
    'The first super user, made at the start: {"username":"…","password":"…"}.',
  ),
  innerClientAuthenticationCredentials: jsonOf(
    credentialsShape,
    'What it signs its own requests with: {"accessKey":"…","secretKey":"…"}.',
  ),
  insecure: flag(false, 'It may listen beyond loopback without any user. Ours.'),
}

type AccessSettings = z.output<z.ZodObject<typeof accessSettings>>

/** What judges requests, read from its file. Throws `permission-denied` where nothing would. */
export function openAccess(
  settings: AccessSettings & { readonly bindAddress: string },
  file: DirectoryFile,
): { readonly directory: Directory; readonly authority: Authority } {
  const directory = new Directory(file)
  const first = settings.initAuthenticationUser
  directory.load(first === '' ? undefined : firstUser.parse(parse(first)))
  const authority = new Authority(directory, settings)
  if (authority.isOpen && !settings.insecure && !isLoopbackHost(settings.bindAddress)) {
    throw new MqError(
      'permission-denied',
      'a listener that is not on loopback needs initAuthenticationUser, or insecure=true',
      { bindAddress: settings.bindAddress },
    )
  }
  return { directory, authority }
}

/** Undefined: its own requests are not signed. */
export const innerCredentials = (settings: AccessSettings): Credentials | undefined => {
  const given = settings.innerClientAuthenticationCredentials
  return given === '' ? undefined : credentialsShape.parse(parse(given))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
