// Which of the forms that an operation has its caller takes. Source: RFC 9110 section 12.5.1.

import { MqError } from '../../src/base/errors.ts'

/** The offer that the caller likes best, the first one among equals. */
export function chooseType<T extends string>(accept: string | undefined, offers: readonly T[]): T {
  const [first] = offers
  if ((accept === undefined || accept === '*/*') && first !== undefined) return first
  const ranges = (accept ?? '').split(',', 32).map(parseRange)
  let best: T | undefined
  let bestQuality = 0
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges)
    if (quality > bestQuality) {
      best = offer
      bestQuality = quality
    }
  }
  if (best !== undefined) return best
  throw new MqError('not-acceptable', `offered are ${offers.join(' and ')}`)
}

type Range = { readonly type: string; readonly quality: number }

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((one) => one.startsWith('q='))
  const value = quality === undefined ? 1 : Number(quality.slice(2))
  return { type, quality: value >= 0 && value <= 1 ? value : 0 }
}

/** The most specific range decides. */
function qualityOf(offer: string, ranges: readonly Range[]): number {
  const family = `${offer.slice(0, offer.indexOf('/'))}/*`
  for (const wanted of [offer, family, '*/*']) {
    const found = ranges.find(({ type }) => type === wanted)
    if (found) return found.quality
  }
  return 0
}

/** The media type of a Content-Type, lower case and without parameters. */
export function mediaType(contentType: string | undefined): string {
  if (contentType === undefined) return ''
  const semicolon = contentType.indexOf(';')
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
}

/** Refuses bodies that are not JSON. Without a Content-Type JSON is taken for granted. */
export function requireJson(contentType: string | undefined): void {
  const type = mediaType(contentType)
  if (type === '' || type === 'application/json' || type.endsWith('+json')) return
  throw new MqError('unsupported-media-type', 'the body must be application/json')
}
