/**
 * DRIVER: the request that a handler sees: a head, and what can be asked of its connection.
 *
 * Nothing here is made before it is asked for. A handler that looks at method and target costs two
 * property reads.
 */

import type { Fields } from "../http1/fields.ts";
import type { RequestHead } from "../http1/request_rules.ts";
import type { RequestTarget } from "../http1/request_target.ts";
import type { Address, Transport } from "../net/transport.ts";
import type { HttpRequest } from "./handler.ts";
import type { RequestContent } from "./request_content.ts";
import type { ForwardedClient, TrustedProxies } from "./trusted_proxies.ts";

/** What a request needs of its connection. */
export interface RequestWire {
  readonly transport: Transport;
  /** Whose word about the client counts; null where nobody's does. */
  readonly context: { readonly trustedProxies: TrustedProxies | null };
  /** A signal that aborts when the peer leaves before the answer to `request` is complete. */
  watchPeer(request: HttpRequest): AbortSignal;
}

/** One request of a connection. */
export class IncomingRequest implements HttpRequest {
  readonly #head: RequestHead;
  readonly #wire: RequestWire;
  readonly #content: RequestContent | null;
  #signal: AbortSignal | null = null;
  /** What trusted proxies say; undefined until somebody asks. */
  #client: ForwardedClient | null | undefined = undefined;

  constructor(wire: RequestWire, head: RequestHead, content: RequestContent | null) {
    this.#wire = wire;
    this.#head = head;
    this.#content = content;
  }

  get method(): string {
    return this.#head.method;
  }

  get target(): RequestTarget {
    return this.#head.target;
  }

  get base(): string {
    return "";
  }

  get version(): "1.0" | "1.1" {
    return this.#head.version;
  }

  get fields(): Fields {
    return this.#head.fields;
  }

  get content(): ReadableStream<Uint8Array> | null {
    return this.#content === null ? null : this.#content.stream;
  }

  get remoteAddress(): Address {
    return this.#forwarded?.remoteAddress ?? this.#wire.transport.remoteAddress;
  }

  get localAddress(): Address {
    return this.#wire.transport.localAddress;
  }

  get secure(): boolean {
    return this.#forwarded?.secure ?? this.#wire.transport.secure;
  }

  get authority(): string | null {
    const { target, host } = this.#head;
    const forwarded = this.#forwarded?.host;
    if (forwarded) return forwarded;
    if (target.form === "absolute" || target.form === "authority") return target.authority;
    // An empty Host is what a client sends that knows no host (RFC 9110 7.2).
    return host === "" ? null : host;
  }

  get signal(): AbortSignal {
    return this.#signal ??= this.#wire.watchPeer(this);
  }

  get #forwarded(): ForwardedClient | null {
    const { trustedProxies } = this.#wire.context;
    if (trustedProxies === null) return null;
    if (this.#client === undefined) {
      this.#client = trustedProxies.resolve(this.#wire.transport.remoteAddress, this.#head.fields);
    }
    return this.#client;
  }
}
