import { createHmac } from 'node:crypto'
import test from 'ava'
import { HmacKey } from '../../../../gateway/core/hmac.ts'

const texts = ['', 'mqh1.k1.AAAA', 'nörth €', '\ud800', 'x'.repeat(1024), '€'.repeat(5000)]

for (const bytes of [0, 32, 64, 65, 200]) {
  test(`with a secret of ${bytes} bytes it signs as node:crypto does`, (t) => {
    const secret = Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 37) & 0xff))
    const key = new HmacKey(secret)
    for (const text of [...texts, ...texts]) {
      const digest = createHmac('sha256', secret).update(text).digest()
      t.is(key.sign(text, 32), digest.toString('base64url'))
      t.is(key.sign(text, 16), digest.toString('base64url', 0, 16))
    }
  })
}
