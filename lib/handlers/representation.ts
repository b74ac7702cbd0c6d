/**
 * WHAT ANSWERS (RFC 9110 sections 13, 14 and 15): a representation, and what of it a request gets.
 *
 *   conditions  failed: 412 · nothing new: 304
 *   then Range, in GET alone and if If-Range agrees
 *               nothing of it there: 416 · one part: 206 · several: 206 multipart/byteranges
 *   else        200 and everything
 *
 * The answer with everything is made once where its content is in memory; the usual request then costs
 * a look for fields that are not there, and allocates nothing. The other answers are made when
 * they are first needed. Whether the content is in memory or in a file is the source's business.
 *
 * HEAD gets the answer to GET and the driver leaves the content out. Its Range is ignored: range
 * requests are defined for GET alone (RFC 9110 14.2).
 */

import { parseByteRanges, toContentRange, toUnsatisfiedRange } from "../http1/byte_ranges.ts";
import type { ByteRange } from "../http1/byte_ranges.ts";
import { FieldBlock } from "../http1/field_block.ts";
import type { Fields } from "../http1/fields.ts";
import { toHttpDate } from "../http1/http_date.ts";
import {
  evaluatePreconditions,
  hasPreconditions,
  isEntityTag,
  isRangeApplicable,
  isSelective,
} from "../http1/preconditions.ts";
import type { Validators } from "../http1/preconditions.ts";
import type { HttpRequest, HttpResponse } from "../server/handler.ts";
import { ReadyAnswer } from "../server/ready_answer.ts";
import type { ByteSource } from "./byte_source.ts";
import { textAnswer } from "../server/text_answer.ts";

/** What is known about a representation besides its content. */
export interface RepresentationOptions extends Validators {
  /** The value of Content-Type. */
  readonly mediaType: string;
  /**
   * Whether the content cannot have changed twice within the second of `lastModified`, so that this
   * date alone may vouch for a range (RFC 9110 8.8.2.2). False unless given.
   */
  readonly isDateStrong?: boolean;
  /** Whether parts of the content can be had; true unless given. Octets that are made anew each time have none. */
  readonly isRangeable?: boolean;
  /** Lines for every answer with the content or about it, such as Cache-Control and Vary. */
  readonly fields?: Iterable<readonly [name: string, value: string]>;
}

/** Metadata that a 304 leaves out, for the client has it (RFC 9110 15.4.5). */
const NOT_IN_304 = /^content-(?:encoding|language|type)$/i;
const NOSNIFF = ["X-Content-Type-Options", "nosniff"] as const;
const PRECONDITION_FAILED = textAnswer(
  412,
  "What is here now is not what the request's conditions ask for",
);
const BOUNDARY_OCTETS = 18;
const encoder = new TextEncoder();

/** One representation of a resource; answers GET and HEAD. */
export class Representation {
  readonly #source: ByteSource;
  readonly #mediaType: string;
  readonly #validators: Validators & { isDateStrong: boolean };
  readonly #isRangeable: boolean;
  /** The fields of every answer that carries content, but for Content-Type. */
  readonly #fields: FieldBlock;
  #complete: HttpResponse | null = null;
  #notModified: HttpResponse | null = null;

  /**
   * Throws `TypeError` for a malformed entity-tag and for fields that cannot be sent. `lastModified` must not
   * be in the future (RFC 9110 8.8.2.1).
   */
  constructor(source: ByteSource, options: RepresentationOptions) {
    const { etag, lastModified, mediaType, isDateStrong = false, fields = [] } = options;
    if (etag !== null && !isEntityTag(etag)) {
      throw new TypeError(`Cannot send the entity-tag ${JSON.stringify(etag)}`);
    }
    this.#source = source;
    this.#mediaType = mediaType;
    this.#validators = { etag, lastModified, isDateStrong };
    this.#isRangeable = options.isRangeable ?? true;
    const lines: (readonly [string, string])[] = [NOSNIFF];
    if (this.#isRangeable) lines.push(["Accept-Ranges", "bytes"]);
    if (etag !== null) lines.push(["ETag", etag]);
    if (lastModified !== null) lines.push(["Last-Modified", toHttpDate(lastModified)]);
    this.#fields = new FieldBlock([...lines, ...fields]);
  }

  /** The answer to `request`, whose method is GET or HEAD. */
  answer(request: HttpRequest): HttpResponse {
    const { fields, method } = request;
    if (!isSelective(fields)) return this.#complete ?? this.#toComplete();
    if (hasPreconditions(fields)) {
      const outcome = evaluatePreconditions(fields, {
        ...this.#validators,
        method,
        now: Date.now(),
      });
      if (outcome === "not-modified") return this.#notModified ??= this.#toNotModified();
      if (outcome === "precondition-failed") return PRECONDITION_FAILED;
    }
    if (method === "GET" && this.#isRangeable) {
      const range = fields.get("range");
      if (range !== null) return this.#answerRange(range, fields);
    }
    return this.#complete ?? this.#toComplete();
  }

  #answerRange(value: string, fields: Fields): HttpResponse {
    const { length } = this.#source;
    const ranges = isRangeApplicable(fields, { ...this.#validators, now: Date.now() })
      ? parseByteRanges(value, length)
      : null;
    if (ranges === null) return this.#complete ?? this.#toComplete();
    if (ranges === "unsatisfiable") {
      return textAnswer(416, `There are ${length} octets and none of those asked for`, [
        "Content-Range",
        toUnsatisfiedRange(length),
      ]);
    }
    const [only, second] = ranges;
    return second === undefined ? this.#toPart(only!) : this.#toParts(ranges);
  }

  #toComplete(): HttpResponse {
    const status = 200;
    const fields = this.#fields.with(["Content-Type", this.#mediaType]);
    const content = this.#source.slice({ start: 0, end: this.#source.length });
    // A stream can be sent once, octets any number of times.
    if (!(content instanceof Uint8Array)) return { status, fields, content };
    return this.#complete = new ReadyAnswer({ status, fields, content });
  }

  #toNotModified(): HttpResponse {
    const kept = [...this.#fields].filter(([name]) => !NOT_IN_304.test(name));
    const lines = this.#validators.etag === null
      ? kept
      // The date is there for caches that have no entity-tag to go by (RFC 9110 15.4.5).
      : kept.filter(([name]) => name !== "Last-Modified");
    return new ReadyAnswer({ status: 304, fields: new FieldBlock(lines), content: null });
  }

  /** A single part is the content itself (RFC 9110 15.3.7.1). */
  #toPart(range: ByteRange): HttpResponse {
    return {
      status: 206,
      fields: this.#fields.with(
        ["Content-Type", this.#mediaType],
        ["Content-Range", toContentRange(range, this.#source.length)],
      ),
      content: this.#source.slice(range),
    };
  }

  /** Several parts, each with a head of its own; Content-Range stands there and nowhere else (RFC 9110 15.3.7.2). */
  #toParts(ranges: readonly ByteRange[]): HttpResponse {
    const boundary = makeBoundary();
    const pieces: (Uint8Array | ByteRange)[] = [];
    for (const range of ranges) {
      const head = `${pieces.length === 0 ? "" : "\r\n"}--${boundary}\r\n` +
        `Content-Type: ${this.#mediaType}\r\n` +
        `Content-Range: ${toContentRange(range, this.#source.length)}\r\n\r\n`;
      pieces.push(encoder.encode(head), range);
    }
    pieces.push(encoder.encode(`\r\n--${boundary}--\r\n`));
    return {
      status: 206,
      fields: this.#fields.with(["Content-Type", `multipart/byteranges; boundary=${boundary}`]),
      content: this.#source.join(pieces),
    };
  }
}

/**
 * A boundary that nobody can have put into the content: 144 random bits. Searching a file of gigabytes
 * for it would find nothing in the lifetime of the disk.
 */
function makeBoundary(): string {
  return crypto.getRandomValues(new Uint8Array(BOUNDARY_OCTETS)).toBase64({
    alphabet: "base64url",
  });
}
