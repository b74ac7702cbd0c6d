/**
 * WHAT ANSWERS: a `Response` that remembers what it was made of.
 *
 * Asked for its `body`, a `Response` makes a stream, and reading that costs more than all the rest of a
 * small answer: 10 µs; going through its `headers` costs 1.6. There is no public way to ask whether it
 * was made of a text that is there, and of which fields. So while an app is served the global
 * `Response` is one that keeps that beside what it does anyway. Everything else about it is the
 * platform's: it is made, checked, read and cloned as ever, `instanceof` holds both ways, and whatever is
 * not of this make, or was touched after it was made, only takes the longer way. Where it can, the platform's
 * object is not even made before it is needed (see `late_response.ts`).
 */

import {
  copy,
  isRecord,
  latePartsOf,
  type PlainContent,
  putUnder,
  type ResponseParts,
  toLateJson,
  toLateResponse,
} from "./late_response.ts";

const Native = globalThis.Response;
const JSON_TYPE = "application/json";

class PlainResponse extends Native {
  /** Undefined where the content is anything else. */
  #content: PlainContent | undefined;

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    if (new.target === PlainResponse) {
      const late = toLateResponse(body ?? null, init);
      if (late !== null) return late as PlainResponse;
    }
    super(body, init);
    if (body instanceof Uint8Array) this.#content = copy(body);
    else if (typeof body === "string") this.#content = body;
    else if (body === undefined || body === null) this.#content = null;
  }

  static contentOf(response: object): PlainContent | undefined {
    return #content in response ? response.#content : undefined;
  }

  /** Of the platform's responses too, such as `fetch` returns. Apps' own classes inherit this, and have instances of their own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const asked = this === PlainResponse ? Native : this;
    return Function.prototype[Symbol.hasInstance].call(asked, value);
  }

  static override json(data: unknown, init?: ResponseInit): Response {
    const json = JSON.stringify(data);
    // The platform says what is wrong with what cannot be written down, and merges what is no plain object.
    if (json === undefined || (init?.headers !== undefined && !isRecord(init.headers))) {
      return Native.json(data, init);
    }
    if (init === undefined) return toLateJson(json);
    const names = Object.keys(init?.headers ?? {}).map((name) => name.toLowerCase());
    const type = names.includes("content-type") ? {} : { "content-type": JSON_TYPE };
    return new PlainResponse(json, { ...init, headers: { ...type, ...init?.headers } });
  }
}

Object.defineProperty(PlainResponse, "name", { value: "Response" });
putUnder(PlainResponse.prototype);

/** Makes the global `Response` one that remembers; from then on it is, for the whole process. */
export function installPlainResponse(): void {
  globalThis.Response = PlainResponse as typeof Response;
}

/**
 * What `response`, anything that an app may return, was made of. Null where only its `body` tells, and where that
 * was read.
 */
export function plainPartsOf(response: unknown): ResponseParts | null {
  if (typeof response !== "object" || response === null) return null;
  const late = latePartsOf(response);
  if (late !== null) return late;
  const content = PlainResponse.contentOf(response);
  if (content === undefined) return null;
  const { status, bodyUsed } = response as PlainResponse;
  return bodyUsed ? null : { status, content, lines: null };
}
