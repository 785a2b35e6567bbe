// The page at `/` and the browser client, read once at assembly from the folder that the build
// copies. What is not listed here is not served.

import { assert } from '../../src/base/assert.ts'
import type { Files } from '../../src/base/files.ts'
import type { Pages } from './pages.ts'

const served: readonly (readonly [path: string, name: string, contentType: string])[] = [
  ['/', 'index.html', 'text/html;charset=utf-8'],
  ['/style.css', 'style.css', 'text/css;charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript;charset=utf-8'],
  ['/rocketway.js', 'rocketway.js', 'text/javascript;charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
]

/** The console by path. `folder` is gateway/console of this build; a missing file is a broken build. */
export function consolePages(files: Pick<Files, 'readWhole'>, folder: string): Pages {
  return new Map(
    served.map(([path, name, contentType]) => {
      const body = files.readWhole(`${folder}/${name}`)
      assert(body, `${name} in ${folder}`)
      return [path, { contentType, body }]
    }),
  )
}
