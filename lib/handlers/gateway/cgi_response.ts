/**
 * WHAT ANSWERS (RFC 3875 section 6): what a script writes, up to where its content begins.
 *
 * Field lines and an empty line; line ends are LF or CRLF. `Status` is the status, `Location` a
 * redirect, and both belong to the gateway; the rest is for the client, but for what the driver owns. One
 * parser for CGI scripts and for WSGI workers. It takes octets as they come.
 *
 * A redirect is local (section 6.2.2) where `Location` is a path and stands alone, or beside
 * `Content-Type`, which many scripts write in any case. With a `Status` or with other fields, a cookie
 * perhaps, it goes to the client, who gets them all: a local redirect would lose them.
 */

import { FieldBlock, isDriverField } from "../../http1/field_block.ts";
import { toLatin1 } from "../../http1/octets.ts";

/** The head of a script's answer. */
export interface ScriptHead {
  /** 200 to 999. */
  readonly status: number;
  readonly fields: FieldBlock;
  /** A path and query on this server whose answer is to be given instead (RFC 3875 6.2.2); null otherwise. */
  readonly localRedirect: string | null;
  /** How many octets of content the script says that it sends; null where it does not say. */
  readonly length: number | null;
}

/** The script has written something that is no answer. */
export class ScriptFault extends Error {
  /** `ScriptFault`, by which it is told from others in a log. */
  override readonly name = "ScriptFault";
}

/** All field lines together; a script that writes more is broken. Octets. */
const HEAD_LIMIT = 65_536;
const LF = 0x0a;
const CR = 0x0d;
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*(.*?)[\t ]*$/s;
/** A path and query that a client could have sent as its request-target (see `http1/octets.ts`); no fragment. */
const LOCAL = /^\/(?!\/)[A-Za-z0-9\-._~!$&'()*+,;=:/?@[\]%\\^`{|}]*$/;

/** Collects a script's output until its head is complete. */
export class ScriptHeadParser {
  #octets = new Uint8Array(1_024);
  #length = 0;
  /** Where the line begins that is not complete, and up to where it has no end. */
  #line = 0;
  #searched = 0;
  readonly #lines: string[] = [];

  /**
   * Takes the next octets of output. Returns the head and what of the content came with it, or null where
   * more is needed. Throws `ScriptFault`.
   */
  parse(piece: Uint8Array): { head: ScriptHead; content: Uint8Array } | null {
    this.#append(piece);
    for (;;) {
      const end = this.#octets.subarray(0, this.#length).indexOf(LF, this.#searched);
      if (end < 0) {
        this.#searched = this.#length;
        if (this.#length > HEAD_LIMIT) throw new ScriptFault("Its field lines have no end");
        return null;
      }
      const last = end > this.#line && this.#octets[end - 1] === CR ? end - 1 : end;
      const line = toLatin1(this.#octets, this.#line, last);
      this.#line = this.#searched = end + 1;
      if (line === "") break;
      if (this.#line > HEAD_LIMIT) throw new ScriptFault("Its field lines have no end");
      this.#lines.push(line);
    }
    return { head: toHead(this.#lines), content: this.#octets.slice(this.#line, this.#length) };
  }

  /** The output has ended before its head did; `how`, where something is to be said about it. Throws `ScriptFault`, always. */
  end(how: string | null = null): never {
    const what = this.#length === 0
      ? "It wrote nothing"
      : "It ended before the empty line behind its fields";
    throw new ScriptFault(how === null ? what : `${what}: it ${how}`);
  }

  #append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#octets.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#octets.subarray(0, this.#length));
      this.#octets = larger;
    }
    this.#octets.set(piece, this.#length);
    this.#length = length;
  }
}

function toHead(lines: readonly string[]): ScriptHead {
  const kept: [name: string, value: string][] = [];
  let status: number | null = null;
  let location: string | null = null;
  let length: number | null = null;
  for (const line of lines) {
    const [, name = "", value = ""] = FIELD_LINE.exec(line) ?? [];
    if (name === "") {
      throw new ScriptFault(
        /^HTTP\//.test(line)
          ? "It wrote a status line: scripts that speak HTTP themselves are not run here"
          : `It wrote a line that is no field: ${JSON.stringify(line.slice(0, 100))}`,
      );
    }
    const key = name.toLowerCase();
    if (key === "status") {
      if (status !== null) throw new ScriptFault("It wrote Status twice");
      status = parseStatus(value);
    } else if (key === "location") {
      if (location !== null) throw new ScriptFault("It wrote Location twice");
      location = value;
    } else if (key === "content-length") {
      if (length !== null || !/^\d{1,15}$/.test(value)) {
        throw new ScriptFault("Its Content-Length is no number of octets");
      }
      length = Number(value);
    } else if (!isDriverField(key)) {
      kept.push([name, value]);
    }
  }
  if (kept.length === 0 && status === null && location === null) {
    throw new ScriptFault("It wrote no field (RFC 3875 6.2)");
  }
  const isLocal = location !== null && status === null && LOCAL.test(location) &&
    kept.every(([name]) => name.toLowerCase() === "content-type");
  if (location !== null && !isLocal) kept.push(["Location", location]);
  return {
    status: status ?? (location === null ? 200 : 302),
    fields: toBlock(kept),
    localRedirect: isLocal ? location : null,
    length,
  };
}

function parseStatus(value: string): number {
  const status = Number(/^(\d{3})(?:\s|$)/.exec(value)?.[1]);
  if (!(status >= 200)) throw new ScriptFault("Its Status is no number from 200 to 999");
  return status;
}

function toBlock(lines: readonly (readonly [name: string, value: string])[]): FieldBlock {
  try {
    return new FieldBlock(lines);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ScriptFault(error.message);
  }
}
