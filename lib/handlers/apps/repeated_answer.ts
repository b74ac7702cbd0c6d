/**
 * WHAT ANSWERS: an app's answer that is the one before once more.
 *
 * Many apps say the same to everybody: a page that is written in the code, "ok" to a health check. Nobody knows
 * that beforehand. But where a text is answered twice in a row with the same fields, it becomes a ready answer, which
 * the driver sends from where it lies, and to compare it with the next one costs less than to encode that.
 */

import type { FieldBlock } from "../../http1/field_block.ts";
import type { HttpResponse } from "../../server/handler.ts";
import { ReadyAnswer } from "../../server/ready_answer.ts";
import { encodeText } from "./text_slab.ts";

/** Longer texts, in UTF-16 units, are not kept. */
const LONGEST = 65_536;

/** What an app said last. */
export class RepeatedAnswer {
  #status = 0;
  #text = "";
  #fields: FieldBlock | null = null;
  #ready: ReadyAnswer | null = null;

  /** The answer with these parts. Blocks with the same lines have to be the same block to be found again. */
  of(status: number, text: string, fields: FieldBlock): HttpResponse {
    const isSame = fields === this.#fields && status === this.#status && text === this.#text;
    if (isSame && this.#ready !== null) return this.#ready;
    const answer = { status, fields, content: encodeText(text) };
    if (isSame) {
      // The octets lie in a buffer with others, which they would keep.
      const content = answer.content.slice();
      return this.#ready = new ReadyAnswer({ status, fields, content });
    }
    this.#ready = null;
    this.#fields = text.length > LONGEST ? null : fields;
    this.#status = status;
    this.#text = text.length > LONGEST ? "" : text;
    return answer;
  }
}
