/**
 * WHAT ANSWERS: a `Response` that remembers what it was made of.
 *
 * Asked for its `body`, a `Response` makes a stream, and reading that costs more than all the rest of a
 * small answer: 10 µs; going through its `headers` costs 1.6. There is no public way to ask whether it
 * was made of a text that is there, and of which fields. So while an app is served the global
 * `Response` is one that keeps that beside what it does anyway. Everything else about it is the
 * platform's: it is made, checked, read and cloned as ever, `instanceof` holds both ways, and whatever is
 * not of this make, or was touched after it was made, only takes the longer way. Of the plainest, a text
 * and nothing else, the platform's object is not even made before it is needed.
 */

import type { FieldLine } from "./response_fields.ts";
import { type StandIn, standIn } from "./stand_in.ts";
import { encodeText } from "./text_slab.ts";

const Native = globalThis.Response;
const JSON_TYPE = "application/json";
const NO_LINES: readonly FieldLine[] = [];
const TEXT_LINES: readonly FieldLine[] = [["content-type", "text/plain;charset=UTF-8"]];

const JSON_LINES: readonly FieldLine[] = [["content-type", JSON_TYPE]];

/** A response with 200 and a text, of which nothing else was said: the platform's is made when somebody looks closer. */
class LateResponse implements StandIn {
  readonly #text: string;
  readonly #lines: readonly FieldLine[];
  #areFieldsKnown = true;
  #native: Response | null = null;

  constructor(text: string, lines: readonly FieldLine[]) {
    this.#text = text;
    this.#lines = lines;
  }

  get native(): Response {
    return this.#native ??= new Native(
      this.#text,
      this.#lines === JSON_LINES ? { headers: { "content-type": JSON_TYPE } } : undefined,
    );
  }

  get status(): number {
    return 200;
  }

  get bodyUsed(): boolean {
    return this.#native?.bodyUsed ?? false;
  }

  /** Whoever has them may change them. */
  get headers(): Headers {
    this.#areFieldsKnown = false;
    return this.native.headers;
  }

  static plainOf(response: object): string | undefined {
    return #text in response ? response.#text : undefined;
  }

  static linesOf(response: object): readonly FieldLine[] | undefined {
    return #lines in response && response.#areFieldsKnown ? response.#lines : undefined;
  }
}

class PlainResponse extends Native {
  /** Undefined where the content is anything else. */
  #plain: string | Uint8Array | null | undefined;
  /** Undefined where only `headers` tells. */
  #lines: readonly FieldLine[] | undefined;

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    if (init === undefined && typeof body === "string" && new.target === PlainResponse) {
      return toLate(body, TEXT_LINES);
    }
    super(body, init);
    const given: unknown = body ?? null;
    if (typeof given === "string" || given === null) {
      this.#plain = given;
      this.#lines = toLines(init, given === null ? NO_LINES : TEXT_LINES);
    } // Octets may change after they were given; the platform copies them too.
    else if (given instanceof Uint8Array) {
      this.#plain = given.slice();
      this.#lines = toLines(init, NO_LINES);
    }
  }

  /** Whoever has them may change them. */
  override get headers(): Headers {
    this.#lines = undefined;
    return super.headers;
  }

  static plainOf(response: object): string | Uint8Array | null | undefined {
    return #plain in response ? response.#plain : LateResponse.plainOf(response);
  }

  /** Of anything that an app may return. */
  static linesOf(response: unknown): readonly FieldLine[] | undefined {
    if (typeof response !== "object" || response === null) return undefined;
    return #lines in response ? response.#lines : LateResponse.linesOf(response);
  }

  /** Of the platform's responses too, such as `fetch` returns. Apps' own classes inherit this, and have instances of their own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const asked = this === PlainResponse ? Native : this;
    return Function.prototype[Symbol.hasInstance].call(asked, value);
  }

  static override json(data: unknown, init?: ResponseInit): Response {
    const text = JSON.stringify(data);
    // The platform says what is wrong with what cannot be written down, and merges what is no plain object.
    if (text === undefined || (init?.headers !== undefined && !isRecord(init.headers))) {
      return Native.json(data, init);
    }
    if (init === undefined) return toLate(text, JSON_LINES);
    const names = Object.keys(init?.headers ?? {}).map((name) => name.toLowerCase());
    const type = names.includes("content-type") ? {} : { "content-type": JSON_TYPE };
    return new PlainResponse(text, { ...init, headers: { ...type, ...init?.headers } });
  }
}

Object.defineProperty(PlainResponse, "name", { value: "Response" });
Reflect.deleteProperty(LateResponse.prototype, "constructor");
standIn(LateResponse.prototype, PlainResponse.prototype, new Native());

function toLate(text: string, lines: readonly FieldLine[]): PlainResponse {
  return new LateResponse(text, lines) as unknown as PlainResponse;
}

/** The lines that the platform makes of `init` and of the content's own; undefined where it takes a closer look. */
function toLines(
  init: ResponseInit | undefined,
  own: readonly FieldLine[],
): readonly FieldLine[] | undefined {
  const given = init?.headers;
  if (given === undefined) return own;
  if (!isRecord(given)) return undefined;
  const lines: FieldLine[] = [];
  let isTyped = own.length === 0;
  for (const name of Object.keys(given)) {
    const value: unknown = given[name];
    const key = name.toLowerCase();
    // What is no string is made one, white space around it goes, and equal names are joined.
    if (typeof value !== "string" || value !== value.trim() || lines.some(([one]) => one === key)) {
      return undefined;
    }
    if (key === "content-type") isTyped = true;
    lines.push([key, value]);
  }
  return isTyped ? lines : [...lines, ...own];
}

function isRecord(headers: HeadersInit): headers is Record<string, string> {
  return Object.getPrototypeOf(headers) === Object.prototype;
}

/** Makes the global `Response` one that remembers; from then on it is, for the whole process. */
export function installPlainResponse(): void {
  globalThis.Response = PlainResponse as typeof Response;
}

/** What `response` was made of: octets, or null for nothing; undefined where only its `body` tells. */
export function plainContentOf(response: Response): Uint8Array | null | undefined {
  const plain = PlainResponse.plainOf(response);
  return typeof plain === "string" ? encodeText(plain) : plain;
}

/** The field lines that `response` was made with; undefined where only its `headers` tell, or where it is none. */
export function plainLinesOf(response: unknown): readonly FieldLine[] | undefined {
  return PlainResponse.linesOf(response);
}
