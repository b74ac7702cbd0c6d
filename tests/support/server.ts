// A server of our own on a free port of this machine, for tests that go over a real socket.
//
// Deadlines are counted in ticks of 10 ms, so that a test can make one pass by waiting for the answer
// that it causes; no test measures how long that took. What the observer is told is kept in order.
// Disposing of it shuts the server down without grace, and fails if connections remain.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import type { Listener } from "../../lib/net/transport.ts";
import type { Handler, HttpResponse } from "../../lib/server/handler.ts";
import type { Deadlines, Limits } from "../../lib/server/limits.ts";
import type { Exchange } from "../../lib/server/observer.ts";
import { serve, type Server } from "../../lib/server/serve.ts";

export interface ServerOptions {
  readonly limits?: Partial<Limits>;
  readonly deadlines?: Partial<Deadlines>;
  readonly listener?: Listener;
  readonly trustedProxies?: readonly string[];
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  readonly exchanges: Exchange[];
  readonly handlerErrors: unknown[];
  readonly acceptErrors: unknown[];
  /** Whose address had too many connections. */
  readonly crowds: string[];
  /** Resolves when so many have been refused for that. */
  crowd(count: number): Promise<void>;
  /** Resolves when as many connections are open. */
  connections(count: number): Promise<void>;
}

const encoder = new TextEncoder();

/** Serves `handler` on a free port. */
export function startServer(handler: Handler, options: ServerOptions = {}): TestServer {
  const exchanges: Exchange[] = [];
  const handlerErrors: unknown[] = [];
  const acceptErrors: unknown[] = [];
  const crowds: string[] = [];
  const server = serve(handler, {
    listener: options.listener ?? listenTcp({ hostname: "127.0.0.1", port: 0 }),
    limits: options.limits ?? {},
    deadlines: options.deadlines ?? {},
    trustedProxies: options.trustedProxies ?? [],
    tick: 10,
    observer: {
      onExchange: (exchange) => exchanges.push(exchange),
      onHandlerError: (error) => handlerErrors.push(error),
      onAcceptError: (error) => acceptErrors.push(error),
      onCrowd: (address) => crowds.push(address.transport === "tcp" ? address.hostname : ""),
    },
  });
  const { address } = server;
  return {
    port: address.transport === "tcp" ? address.port : 0,
    server,
    exchanges,
    handlerErrors,
    acceptErrors,
    crowds,
    crowd: (count) => until(() => crowds.length, { is: count, what: "refusals" }),
    connections: (count) => until(() => server.connections, { is: count, what: "connections" }),
    async [Symbol.asyncDispose]() {
      await server.shutdown({ grace: 0 });
    },
  };
}

async function until(
  count: () => number,
  { is, what }: { is: number; what: string },
): Promise<void> {
  for (let turn = 0; count() !== is; turn++) {
    if (turn === 2_000) throw new Error(`There are ${count()} ${what}, not ${is}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A 200 with this text. */
export function text(content: string): HttpResponse {
  return {
    status: 200,
    fields: new FieldBlock([["Content-Type", "text/plain; charset=utf-8"]]),
    content: encoder.encode(content),
  };
}

/** A 200 with this content. */
export function answer(content: HttpResponse["content"]): HttpResponse {
  return { status: 200, fields: FieldBlock.EMPTY, content };
}
