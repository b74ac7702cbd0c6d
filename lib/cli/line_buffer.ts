/**
 * COMMAND LINE: the octets of log lines, one behind the other.
 *
 * A line has a dozen parts. As strings they are put together into a tree, laid out, copied and encoded,
 * and outlive a collection of young garbage while they wait: half a microsecond for each request. Written
 * octet by octet to where they are read from they cost a quarter of that and leave nothing behind.
 *
 * What a peer sent is escaped on the way, as Apache and nginx log it: `"`, `\` and everything that is not
 * printable ASCII becomes `\xHH`, so that it is safe between quotes and on a terminal.
 */

/** Printable ASCII but for the two characters that have a meaning between quotes. */
const PLAIN: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, octet) => octet >= 0x20 && octet <= 0x7e && octet !== 0x22 && octet !== 0x5c ? 1 : 0,
);
const QUESTION_MARK = 0x3f;
const HEX = "0123456789ABCDEF";
/** Beyond it a number is rare, and floating point. */
const LARGEST_COUNTED = 999_999_999;
/** Octets of a code unit at the most: three in UTF-8, four as `\xHH`. */
const WIDEST = 4;

/** A buffer that grows as lines are put into it. */
export class LineBuffer {
  #octets: Uint8Array<ArrayBuffer>;
  #length = 0;
  readonly #encoder = new TextEncoder();

  /** `room` is how many octets it has room for at first. */
  constructor(room = 1_024) {
    this.#octets = new Uint8Array(room);
  }

  /** How many octets have been put. */
  get length(): number {
    return this.#length;
  }

  /** Puts `text` of ours, which must be ASCII. */
  plain(text: string): this {
    const octets = this.#roomFor(text.length);
    const at = this.#length;
    for (let i = 0; i < text.length; i++) octets[at + i] = text.charCodeAt(i);
    this.#length = at + text.length;
    return this;
  }

  /** Puts octets as they are: a long text that comes again and again costs a third of what it does as text. */
  octets(octets: Uint8Array): this {
    this.#roomFor(octets.length).set(octets, this.#length);
    this.#length += octets.length;
    return this;
  }

  /** Puts what a peer sent, a character an octet, escaped as above. */
  escaped(text: string): this {
    const octets = this.#roomFor(text.length * WIDEST);
    let at = this.#length;
    for (let i = 0; i < text.length; i++) {
      // What comes from the wire is ISO-8859-1; anything else would have no octet to be shown as.
      const code = text.charCodeAt(i);
      const octet = code < 0x100 ? code : QUESTION_MARK;
      if (PLAIN[octet] === 1) {
        octets[at++] = octet;
        continue;
      }
      octets[at] = 0x5c;
      octets[at + 1] = 0x78;
      octets[at + 2] = HEX.charCodeAt(octet >> 4);
      octets[at + 3] = HEX.charCodeAt(octet & 15);
      at += WIDEST;
    }
    this.#length = at;
    return this;
  }

  /** Puts a whole number that is not negative. */
  number(number: number): this {
    if (number > LARGEST_COUNTED) return this.plain(String(number));
    let digits = 1;
    for (let bound = 10; bound <= number; bound *= 10) digits++;
    const octets = this.#roomFor(digits);
    let rest = number;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const tens = (rest / 10) | 0;
      octets[at] = 0x30 + rest - tens * 10;
      rest = tens;
    }
    this.#length += digits;
    return this;
  }

  /** Puts text of any language as UTF-8. */
  text(text: string): this {
    const octets = this.#roomFor(text.length * WIDEST);
    this.#length += this.#encoder.encodeInto(text, octets.subarray(this.#length)).written;
    return this;
  }

  /** Takes back all but the first `length` octets. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** What has been put, as octets of the taker's own; the buffer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#octets.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** The octets, with room for `count` more. */
  #roomFor(count: number): Uint8Array<ArrayBuffer> {
    const needed = this.#length + count;
    if (needed <= this.#octets.length) return this.#octets;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#octets.length));
    larger.set(this.#octets.subarray(0, this.#length));
    return this.#octets = larger;
  }
}
