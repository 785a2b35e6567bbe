// The properties that the broker adds to a message, as text: nothing is parsed per message.
//
// Source: AbstractSendMessageProcessor.buildMsgContext, SendMessageProcessor.sendMessage.

import { addProperty, propertyNames, withoutProperty } from '../message/properties.ts'

/** A receipt in a message that is sent would only mislead. */
const dropped = propertyNames.popCheckpoint

/** Adds what Apache's broker adds to the properties of a single message. */
export class SendProperties {
  readonly #added: readonly (readonly [name: string, value: string])[]
  readonly #suffix: string

  constructor(from: { region: string; traceOn: boolean; cluster: string }) {
    this.#added = [
      [propertyNames.region, from.region],
      [propertyNames.trace, String(from.traceOn)],
      [propertyNames.cluster, from.cluster],
    ]
    this.#suffix = this.#added.reduce((text, entry) => addProperty(text, ...entry), '')
  }

  /** The text with the additions; entries of those names that the client wrote go. */
  complete(text: string): string {
    let own = text
    if (own.includes(dropped)) own = withoutProperty(own, dropped)
    for (const [name] of this.#added) if (own.includes(name)) own = withoutProperty(own, name)
    return (own === '' || own.endsWith('\u0002') ? own : `${own}\u0002`) + this.#suffix
  }
}
