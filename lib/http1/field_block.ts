/**
 * PROTOCOL (RFC 9110 section 5, RFC 9112 section 5): field lines that are to be sent.
 *
 * A block is checked and written out once, when it is made, and can then be sent with any number of
 * answers: most answers carry fields that never change. The check is what keeps a response from being
 * split: a name is a token, a value holds no CR, no LF, no NUL and no other control character.
 *
 * The fields that belong to the driver (framing, persistence, Date) cannot be put into a block, so
 * that they have one owner. Nor can those that speak of the connection and would have to be named in
 * Connection (RFC 9110 7.6.1): Upgrade is written with the 101, and where a block is made to offer a
 * protocol; no trailer fields are sent.
 */

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const DRIVERS =
  /^(?:connection|content-length|date|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** Whether a field of that name, in whatever case, is the driver's own, and no block holds it. */
export function isDriverField(name: string): boolean {
  return DRIVERS.test(name);
}

/** Whether a line of that name and value can be sent. */
export function isFieldLine(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value);
}

/** Checked field lines of a response, in the order in which they are sent. */
export class FieldBlock {
  /** A block without lines. */
  static readonly EMPTY: FieldBlock = new FieldBlock([]);
  /** The lines as they go out, each with its CRLF. */
  readonly octets: Uint8Array;
  readonly #lines: readonly (readonly [name: string, value: string])[];
  readonly #offer: string | null;

  /**
   * Checks and keeps `lines`. Throws `TypeError` for a name that is no token, a value that holds a
   * control character or begins or ends with white space, a character above U+00FF, and for the
   * fields that are the driver's: Connection, Content-Length, Date, Keep-Alive, Proxy-Connection, TE,
   * Trailer, Transfer-Encoding, Upgrade. `offer` is a protocol that the peer should ask for instead, as
   * a 426 has to say (RFC 9110 15.5.22): it is sent as Upgrade, which Connection names.
   */
  constructor(
    lines: readonly (readonly [name: string, value: string])[],
    offer: string | null = null,
  ) {
    if (offer !== null && !NAME.test(offer)) {
      throw new TypeError(`Cannot offer the protocol ${JSON.stringify(offer)}`);
    }
    this.#lines = lines;
    this.#offer = offer;
    let text = offer === null ? "" : `Connection: Upgrade\r\nUpgrade: ${offer}\r\n`;
    for (const [name, value] of lines) {
      if (!NAME.test(name)) {
        throw new TypeError(`Cannot send a field with the name ${JSON.stringify(name)}`);
      }
      if (isDriverField(name)) {
        throw new TypeError(`Cannot set ${name}: the server writes it itself`);
      }
      if (!VALUE.test(value)) {
        throw new TypeError(`Cannot send ${name} with the value ${JSON.stringify(value)}`);
      }
      text += `${name}: ${value}\r\n`;
    }
    const octets = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
    this.octets = octets;
  }

  /** A block with `lines` behind those of this one. */
  with(...lines: (readonly [name: string, value: string])[]): FieldBlock {
    return this.rewritten((own) => [...own, ...lines]);
  }

  /** A block with the lines that `rewrite` makes of this one's. */
  rewritten(
    rewrite: (
      lines: readonly (readonly [name: string, value: string])[],
    ) => readonly (readonly [name: string, value: string])[],
  ): FieldBlock {
    return new FieldBlock(rewrite(this.#lines), this.#offer);
  }

  /** The value of the first line of that name, names compared without case; null where there is none. */
  get(name: string): string | null {
    const wanted = name.toLowerCase();
    return this.#lines.find(([other]) => other.toLowerCase() === wanted)?.[1] ?? null;
  }

  /** The lines, in order. */
  [Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    return this.#lines[Symbol.iterator]();
  }
}
