/**
 * WHAT ANSWERS: what an app is told beside the request, and what it may say beside the answer.
 *
 * `remoteAddr` is what `Deno.serve` calls it; `waitUntil` is what Workers have: work that goes on after
 * the answer, which the end of the server waits for as it does for answers. `upgradeWebSocket` is
 * `Deno.upgradeWebSocket` for apps that would rather not name Deno.
 */

import type { HttpRequest } from "../../server/handler.ts";
import {
  upgradeRequest,
  type WebSocketOptions,
  type WebSocketUpgrade,
} from "./websocket/upgrade_web_socket.ts";

/** Where the client is, in the words of `Deno.serve`. */
export type RemoteAddress =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** The second argument of a fetch app; it may take the parts out that it wants. */
export class AppInfo {
  readonly #request: HttpRequest;
  readonly #work: BackgroundWork;
  readonly #asked: Request;

  /** Tells of `request`, which the app sees as `asked`; hands what the app goes on with to `work`. */
  constructor(request: HttpRequest, { work, asked }: { work: BackgroundWork; asked: Request }) {
    this.#request = request;
    this.#work = work;
    this.#asked = asked;
  }

  /** The client's end of the connection, or what a trusted proxy says it is. */
  get remoteAddr(): RemoteAddress {
    return this.#request.remoteAddress;
  }

  /** Where the app is mounted: what stood before the path of `request.url`; "" at the root. */
  get base(): string {
    return this.#request.base;
  }

  /** Lets `promise` settle after the answer; the server's end waits for it within its grace. */
  get waitUntil(): (promise: Promise<unknown>) => void {
    return (promise) => {
      // What goes on may look at the request, whose fields the driver has no more after the answer.
      void this.#asked.headers;
      this.#work.add(promise);
    };
  }

  /**
   * Makes `request` a WebSocket: the socket connects when the app answers with the response. Throws `TypeError`
   * where the client does not ask for one, or the request is not one of the server's own.
   */
  get upgradeWebSocket(): (request: Request, options?: WebSocketOptions) => WebSocketUpgrade {
    return (request, options = {}) => {
      const report = (error: unknown) => this.#work.report(error);
      const upgrade = upgradeRequest(request, { ...options, report });
      if (upgrade === null) {
        throw new TypeError("Cannot upgrade: the request is not the one that the app was asked");
      }
      return upgrade;
    };
  }
}

/** What apps go on with after their answers. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();
  readonly #onFailure: (error: unknown) => void;

  /** `onFailure` is called with what a promise rejects with: nobody else will hear of it. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** How many promises have not settled. */
  get size(): number {
    return this.#running.size;
  }

  /** Watches `promise`. */
  add(promise: Promise<unknown>): void {
    const watched = Promise.resolve(promise).then(() => undefined, this.#onFailure).finally(() =>
      this.#running.delete(watched)
    );
    this.#running.add(watched);
  }

  /** Tells of what went wrong where nobody waits for it. */
  report(error: unknown): void {
    this.#onFailure(error);
  }

  /** Resolves when nothing is running any more; never rejects. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
