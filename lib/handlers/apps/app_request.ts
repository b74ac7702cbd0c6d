/**
 * WHAT ANSWERS: the `Request` that an app sees.
 *
 * Making one costs 3 to 8 µs, more than the rest of a small request, and most of it is for parts that
 * most apps never look at. So the app gets an object that knows method, URL, fields and signal by itself,
 * and makes the platform's own when it is asked for anything else (see `stand_in.ts`); whatever concerns
 * the content goes there.
 */

import type { HttpRequest } from "../../server/handler.ts";
import { standIn } from "./stand_in.ts";

/** Hosts and ports that are written in a URL as they are sent: a name that is no number, no default port. */
const PLAIN_AUTHORITY =
  /^(?!(?:.*\.)?xn--)[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*(?::[1-9][0-9]{3,4})?$/;
/** Targets that are written in a URL as they are sent: nothing to escape, no `.` or `..` between slashes. */
const PLAIN_TARGET =
  /^(?:\/(?!\.)[A-Za-z0-9\-._~!$&()*+,;=:@]*)+(?:\?[A-Za-z0-9\-._~!$&()*+,;=:@/?]*)?$/;

let known = { authority: "", secure: false, origin: "" };

/**
 * `scheme://authority` of the URL that was asked for; null where the peer's host is none. The last one is
 * kept, for most requests ask for the same.
 */
export function toOrigin(request: HttpRequest): string | null {
  const { secure } = request;
  const authority = toAuthority(request);
  if (authority === known.authority && secure === known.secure && known.origin !== "") {
    return known.origin;
  }
  const text = `${secure ? "https" : "http"}://${authority}`;
  const origin = PLAIN_AUTHORITY.test(authority) ? text : normalize(text);
  if (origin !== null) known = { authority, secure, origin };
  return origin;
}

/** The authority of the target URI (RFC 9110 7.1); where the peer names none, it is our address. */
function toAuthority({ authority, localAddress }: HttpRequest): string {
  if (authority !== null) return authority;
  if (localAddress.transport === "unix") return "localhost";
  const { hostname, port } = localAddress;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function normalize(origin: string): string | null {
  const url = URL.parse(origin);
  return url === null ? null : url.origin;
}

function toUrl(request: HttpRequest, origin: string): string {
  const { target } = request;
  if (!("path" in target)) return `${origin}/${target.raw}`;
  const path = target.query === null ? target.path : `${target.path}?${target.query}`;
  return PLAIN_TARGET.test(path) ? origin + path : new URL(origin + path).href;
}

class AppRequest {
  readonly #request: HttpRequest;
  readonly #origin: string;
  readonly #method: string;
  #url: string | null = null;
  #headers: Headers | null = null;
  #native: Request | null = null;

  constructor(request: HttpRequest, origin: string) {
    this.#request = request;
    this.#origin = origin;
    this.#method = request.method;
  }

  get url(): string {
    return this.#url ??= toUrl(this.#request, this.#origin);
  }

  get method(): string {
    return this.#method;
  }

  get headers(): Headers {
    return this.#headers ??= this.#native?.headers ?? new Headers([...this.#request.fields]);
  }

  get signal(): AbortSignal {
    return this.#native?.signal ?? this.#request.signal;
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#request.content === null ? null : this.native.body;
  }

  get bodyUsed(): boolean {
    return this.#native?.bodyUsed ?? false;
  }

  /** The platform's object, with the same content: from here on both are one. */
  get native(): Request {
    if (this.#native !== null) return this.#native;
    const { content, signal } = this.#request;
    // The platform gives GET and HEAD no content; what the peer sent with one is thrown away.
    const hasBody = content !== null && this.#method !== "GET" && this.#method !== "HEAD";
    return this.#native = new Request(this.url, {
      method: this.#method,
      headers: this.headers,
      signal,
      ...(hasBody ? { body: content, duplex: "half" } : {}),
    } as RequestInit);
  }

  static httpRequestOf(request: object): HttpRequest | null {
    return #request in request ? request.#request : null;
  }
}

standIn(AppRequest.prototype, Request.prototype, new Request("http://localhost/"));

/** `request` as the app sees it; `origin` is what `toOrigin` says. */
export function toAppRequest(request: HttpRequest, origin: string): Request {
  return new AppRequest(request, origin) as unknown as Request;
}

/** What `request` was made of; null where it is not one that `toAppRequest` made. */
export function toHttpRequest(request: Request): HttpRequest | null {
  return AppRequest.httpRequestOf(request);
}
