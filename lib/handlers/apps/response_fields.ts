/**
 * WHAT ANSWERS: the field lines of an app's answers.
 *
 * To check and write out a block of fields costs 3 µs, and an app gives the same few again and again:
 * the blocks that were made lately are kept. What the driver owns (framing, persistence, Date) is left
 * out, for it describes a message that the app does not write.
 */

import { FieldBlock, isDriverField } from "../../http1/field_block.ts";

/** One line; the name in lower case. */
export type FieldLine = readonly [name: string, value: string];

/** How many blocks are kept; an app whose fields differ each time must not fill the memory. */
const MOST_BLOCKS = 256;

/** Makes blocks of lines, and keeps them. */
export class ResponseFields {
  readonly #blocks = new Map<string, FieldBlock>();
  /** The lines that were asked for last: answers made without fields share theirs. */
  #lines: readonly FieldLine[] | null = null;
  #block = FieldBlock.EMPTY;

  /** The block with these lines. Throws `TypeError` for what must not be sent. */
  of(lines: readonly FieldLine[]): FieldBlock {
    if (lines !== this.#lines) {
      this.#block = this.#find(lines);
      this.#lines = lines;
    }
    return this.#block;
  }

  #find(lines: readonly FieldLine[]): FieldBlock {
    let key = "";
    // Neither part can hold a line feed.
    for (const [name, value] of lines) key += `${name}\n${value}\n`;
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const block = new FieldBlock(lines.filter(([name]) => !isDriverField(name)));
    if (this.#blocks.size === MOST_BLOCKS) this.#blocks.clear();
    this.#blocks.set(key, block);
    return block;
  }
}

/** The lines of `headers`; each Set-Cookie is one of its own. */
export function toLines(headers: Headers): FieldLine[] {
  const lines: FieldLine[] = [];
  headers.forEach((value, name) => lines.push([name, value]));
  return lines;
}
