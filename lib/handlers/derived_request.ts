/**
 * WHAT ANSWERS: a request that is another one but for what a handler in between knows better.
 *
 * Everything is handed on when it is asked for, and nothing before: fields do not last, and a signal is made only
 * for who wants it. Extend it, and say what is different.
 */

import type { HttpRequest } from "../server/handler.ts";

/** `request`, as it is. */
export class DerivedRequest implements HttpRequest {
  readonly #request: HttpRequest;

  /** Hands on what `request` says. */
  constructor(request: HttpRequest) {
    this.#request = request;
  }

  get method(): string {
    return this.#request.method;
  }

  get target(): HttpRequest["target"] {
    return this.#request.target;
  }

  get base(): string {
    return this.#request.base;
  }

  get version(): HttpRequest["version"] {
    return this.#request.version;
  }

  get fields(): HttpRequest["fields"] {
    return this.#request.fields;
  }

  get content(): HttpRequest["content"] {
    return this.#request.content;
  }

  get remoteAddress(): HttpRequest["remoteAddress"] {
    return this.#request.remoteAddress;
  }

  get localAddress(): HttpRequest["localAddress"] {
    return this.#request.localAddress;
  }

  get secure(): boolean {
    return this.#request.secure;
  }

  get authority(): string | null {
    return this.#request.authority;
  }

  get user(): string | undefined {
    return this.#request.user;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}
