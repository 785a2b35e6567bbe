// Tags and Java's string hash, which queue entries and the key index are built on.

/**
 * Java's String.hashCode: over UTF-16 units, wrapping at 32 bits, signed.
 * Source: java.lang.String.hashCode.
 */
export function javaHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) | 0
  return hash
}

/**
 * The code of a tag in a queue entry; 0 when there is none. Different tags may share a code.
 * Source: MessageExtBrokerInner.tagsString2tagsCode.
 */
export function tagsCodeOf(tag: string | undefined): number {
  return tag ? javaHash(tag) : 0
}
