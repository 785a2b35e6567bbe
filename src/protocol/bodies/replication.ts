// What a broker says of its copies (907).

import { body, bool, list, object, optional, orElse, text, whole } from './shape.ts'

/** `diff` and what ends in `Offset` count bytes. Source: HARuntimeInfo */
export const haStatus = body(
  object({
    master: bool,
    masterCommitLogMaxOffset: orElse(whole, 0),
    haClientRuntimeInfo: optional(
      object({
        activated: orElse(bool, false),
        maxOffset: orElse(whole, 0),
        /** This end of the connection, which the master shows as `addr`. Ours. */
        rwLocalAddr: optional(text),
      }),
    ),
    haConnectionInfo: list(object({ addr: text, diff: whole, inSync: bool })),
  }),
)
