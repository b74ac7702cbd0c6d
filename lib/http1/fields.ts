/**
 * PROTOCOL (RFC 9110 section 5): the field lines of a received message.
 *
 * The parser has recorded where each name and value lies; a string is made when somebody asks for
 * one, for most fields of most requests are never looked at. Lines stay in wire order and repeated
 * lines stay apart, because only the reader knows whether a field may be combined (Set-Cookie may
 * not). The octets lie in a buffer that somebody else owns; the owner who wants to use it again
 * releases the fields first, and whoever asks them after that gets an error and not another's octets.
 */

import { equalsIgnoringCase, toLatin1 } from "./octets.ts";

/** Numbers per field line in the span list: name start, name end, value start, value end. */
const STRIDE = 4;

/** The received field lines of one message, in wire order. */
export class Fields implements Iterable<[name: string, value: string]> {
  #bytes: Uint8Array | null;
  readonly #origin: number;
  #spans: Int32Array;
  readonly #spanCount: number;

  /**
   * `spans` holds four offsets a line (name start and end, value start and end) from `start` in `bytes`;
   * `spanCount` of its numbers count.
   */
  constructor(
    bytes: Uint8Array,
    lines: { readonly start: number; readonly spans: Int32Array; readonly spanCount: number },
  ) {
    this.#bytes = bytes;
    this.#origin = lines.start;
    this.#spans = lines.spans;
    this.#spanCount = lines.spanCount;
  }

  /** The fields of a message that was not received with these lines; a character is an octet (ISO-8859-1). */
  static from(lines: Iterable<readonly [name: string, value: string]>): Fields {
    const spans: number[] = [];
    let text = "";
    for (const [name, value] of lines) {
      const middle = text.length + name.length;
      spans.push(text.length, middle, middle, middle + value.length);
      text += name + value;
    }
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const spanCount = spans.length;
    return new Fields(bytes, { start: 0, spans: Int32Array.from(spans), spanCount });
  }

  /** Makes the spans its own: whoever gave them may write over them from now on. The octets stay where they are. */
  keep(): void {
    this.#spans = this.#spans.slice(0, this.#spanCount);
  }

  /** Gives the octets back to their owner: from now on every question but `size` throws `TypeError`. */
  release(): void {
    this.#bytes = null;
  }

  /** How many field lines there are; repeated names count each time. */
  get size(): number {
    return this.#spanCount / STRIDE;
  }

  /** Whether a line of that name is there; names are compared without case. */
  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  /**
   * Whether a line of any of these names is there; names in lower case. One way through the lines,
   * which costs less than asking for one name after the other.
   */
  hasAny(names: readonly string[]): boolean {
    const bytes = this.#octets;
    for (let at = 0; at < this.#spanCount; at += STRIDE) {
      const start = this.#spans[at]!;
      const length = this.#spans[at + 1]! - start;
      for (let i = 0; i < names.length; i++) {
        const name = names[i]!;
        if (name.length !== length) continue;
        if (equalsIgnoringCase(bytes, this.#origin + start, name)) return true;
      }
    }
    return false;
  }

  /**
   * The field's value: of several lines of the name, their values in order with `, ` between
   * (RFC 9110 5.2); null where there is none. A character is an octet (ISO-8859-1).
   */
  get(name: string): string | null {
    let at = this.#find(name, 0);
    if (at < 0) return null;
    let value = this.#value(at);
    while ((at = this.#find(name, at + STRIDE)) >= 0) value += ", " + this.#value(at);
    return value;
  }

  /** The value of each line of that name, in wire order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + STRIDE)) {
      values.push(this.#value(at));
    }
    return values;
  }

  /** Every line in wire order, names as they were sent. */
  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    for (let at = 0; at < this.#spanCount; at += STRIDE) {
      const name = toLatin1(
        this.#octets,
        this.#origin + this.#spans[at]!,
        this.#origin + this.#spans[at + 1]!,
      );
      yield [name, this.#value(at)];
    }
  }

  get #octets(): Uint8Array {
    if (this.#bytes !== null) return this.#bytes;
    throw new TypeError("Cannot read fields: their request was answered at once and is over");
  }

  #find(name: string, from: number): number {
    const bytes = this.#octets;
    for (let at = from; at < this.#spanCount; at += STRIDE) {
      const start = this.#spans[at]!;
      if (this.#spans[at + 1]! - start !== name.length) continue;
      if (equalsIgnoringCase(bytes, this.#origin + start, name)) return at;
    }
    return -1;
  }

  #value(at: number): string {
    return toLatin1(
      this.#octets,
      this.#origin + this.#spans[at + 2]!,
      this.#origin + this.#spans[at + 3]!,
    );
  }
}
