/**
 * WHAT ANSWERS: a `Response` of which the platform's object is not made before it is needed.
 *
 * To make that costs 0.5 to 3 µs, most of it for fields, and most answers of apps are a text with a status and a
 * record of fields that nobody looks at again. Whatever is not certain to be taken by the platform as it
 * is (a status that goes with no content, a value with white space at its ends) is left to it.
 */

import { isFieldLine } from "../../http1/field_block.ts";
import { mayHaveContent } from "../../http1/framing.ts";
import type { FieldLine } from "./response_fields.ts";
import { type StandIn, standIn } from "./stand_in.ts";

const Native = globalThis.Response;
/** What the platform takes (Fetch 5.5). */
const LEAST_STATUS = 200;
const MOST_STATUS = 599;
const NO_LINES: readonly FieldLine[] = [];
const TEXT_LINES: readonly FieldLine[] = [["content-type", "text/plain;charset=UTF-8"]];
const JSON_LINES: readonly FieldLine[] = [["content-type", "application/json"]];

/** What is there as a whole, and does not change any more. */
export type PlainContent = string | Uint8Array<ArrayBuffer> | null;

/** What an answer was made of. */
export interface ResponseParts {
  readonly status: number;
  readonly content: PlainContent;
  /** The field lines, names in lower case; null where somebody may have changed them. */
  readonly lines: readonly FieldLine[] | null;
}

class LateResponse implements StandIn {
  readonly #parts: ResponseParts;
  #areFieldsKnown = true;
  #native: Response | null = null;

  constructor(parts: ResponseParts) {
    this.#parts = parts;
  }

  get native(): Response {
    if (this.#native !== null) return this.#native;
    const { status, content, lines } = this.#parts;
    return this.#native = new Native(content, { status, headers: lines as [string, string][] });
  }

  get status(): number {
    return this.#parts.status;
  }

  get bodyUsed(): boolean {
    return this.#native?.bodyUsed ?? false;
  }

  /** Whoever has them may change them. */
  get headers(): Headers {
    this.#areFieldsKnown = false;
    return this.native.headers;
  }

  static partsOf(response: object): ResponseParts | null {
    if (!(#parts in response) || response.bodyUsed) return null;
    return response.#areFieldsKnown ? response.#parts : { ...response.#parts, lines: null };
  }
}

Reflect.deleteProperty(LateResponse.prototype, "constructor");

/** Makes late responses instances of what has the prototype `platforms`. */
export function putUnder(platforms: object): void {
  standIn(LateResponse.prototype, platforms, new Native());
}

/** What `new Response(body, init)` is; null where the platform has to take a look. */
export function toLateResponse(body: unknown, init: ResponseInit | undefined): Response | null {
  const isText = typeof body === "string";
  if (!isText && body !== null && !(body instanceof Uint8Array)) return null;
  const own = isText ? TEXT_LINES : NO_LINES;
  let status = 200;
  let lines: readonly FieldLine[] | null = own;
  if (init !== undefined) {
    if (typeof init !== "object" || init === null || init.statusText !== undefined) return null;
    if (init.status !== undefined) status = init.status;
    if (!isPlainStatus(status, body !== null)) return null;
    if (init.headers !== undefined) lines = toGivenLines(init.headers, own);
  }
  if (lines === null) return null;
  return make({ status, content: body instanceof Uint8Array ? copy(body) : body, lines });
}

/** What `Response.json` is of something; `json` is what that is written as. */
export function toLateJson(json: string): Response {
  return make({ status: 200, content: json, lines: JSON_LINES });
}

/** What `response` was made of; null where it is another one, or was read. */
export function latePartsOf(response: object): ResponseParts | null {
  return LateResponse.partsOf(response);
}

/** Octets may change after they were given; the platform copies them too. */
export function copy(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  // Of a Buffer of Node's, `slice` is no copy.
  return new Uint8Array(octets);
}

/** Whether it is an object as one writes it, whose own properties are all. */
export function isRecord(headers: HeadersInit): headers is Record<string, string> {
  return headers !== null && Object.getPrototypeOf(headers) === Object.prototype;
}

function isPlainStatus(status: number, hasContent: boolean): boolean {
  return Number.isInteger(status) && status >= LEAST_STATUS && status <= MOST_STATUS &&
    (!hasContent || mayHaveContent(status));
}

/** What was given last, and the lines made of it: an app gives the same few fields again and again. */
let last: {
  given: Record<string, unknown>;
  own: readonly FieldLine[];
  lines: readonly FieldLine[];
} = {
  given: {},
  own: NO_LINES,
  lines: NO_LINES,
};

/** The lines that the platform makes of `headers` and of the content's `own`; null where it has to take a look. */
function toGivenLines(
  headers: HeadersInit,
  own: readonly FieldLine[],
): readonly FieldLine[] | null {
  if (!isRecord(headers)) return null;
  const given: Record<string, unknown> = { ...headers };
  if (own === last.own && isSame(given, last.given)) return last.lines;
  const lines: FieldLine[] = [];
  for (const [name, value] of Object.entries(given)) {
    // What is no string is made one, white space around it goes, and equal names are joined.
    if (typeof value !== "string" || !isFieldLine(name, value)) return null;
    const key = name.toLowerCase();
    if (lines.some(([one]) => one === key)) return null;
    lines.push([key, value]);
  }
  if (!lines.some(([name]) => name === "content-type")) lines.push(...own);
  last = { given, own, lines };
  return lines;
}

/** Whether both have the same names in the same order, and the same values. */
function isSame(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const names = Object.keys(one);
  const others = Object.keys(other);
  return names.length === others.length &&
    names.every((name, i) => name === others[i] && one[name] === other[name]);
}

function make(parts: ResponseParts): Response {
  return new LateResponse(parts) as unknown as Response;
}
