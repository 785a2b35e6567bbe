// Java's LanguageCode: a name in JSON headers, a byte in binary ones.
// Source: org.apache.rocketmq.remoting.protocol.LanguageCode

const names = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
] as const

const known: ReadonlySet<string> = new Set(names)
const other = names.indexOf('OTHER')

/** What we report: clients of 4.9 do not know the name NODE_JS. */
export const ownLanguage = 'OTHER'

/** The name as it came when Java has it, else 'OTHER'. */
export const languageOfName = (name: unknown): string =>
  typeof name === 'string' && known.has(name) ? name : ownLanguage

export const languageOfByte = (byte: number): string => names[byte] ?? ownLanguage

export const byteOfLanguage = (name: string): number => {
  const byte = (names as readonly string[]).indexOf(name)
  return byte < 0 ? other : byte
}
