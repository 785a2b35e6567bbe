// The names in a client certificate that TLS has verified.

/** What node's TLS sockets have besides other sockets. */
type Secured = {
  readonly authorized?: boolean
  getPeerCertificate?(): {
    readonly subject?: { readonly CN?: string | readonly string[] }
    readonly subjectaltname?: string
  }
}

const known = new WeakMap<object, readonly string[] | undefined>()

/** `CN=…`, `DNS:…`, `URI:…`, `email:…`; undefined where no certificate was shown or believed. */
export function certificateNames(socket: object): readonly string[] | undefined {
  const { authorized, getPeerCertificate } = socket as Secured
  if (authorized !== true || !getPeerCertificate) return undefined
  if (known.has(socket)) return known.get(socket)
  const { subject, subjectaltname = '' } = getPeerCertificate.call(socket)
  const cn = typeof subject?.CN === 'string' ? [`CN=${subject.CN}`] : []
  // Node quotes names that have commas of their own: they are no names here.
  const others = subjectaltname.split(', ').filter((name) => name !== '' && !name.includes('"'))
  const names = [...others, ...cn]
  const found = names.length > 0 ? names : undefined
  known.set(socket, found)
  return found
}
