// A server whose handler remembers what it saw, so that a test on the wire can compare what was sent
// with what arrived above the protocol. Deadlines are long: a busy machine must not turn a test into
// a 408.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import type { Handler, HttpRequest, HttpResponse } from "../../lib/server/handler.ts";
import type { Deadlines } from "../../lib/server/limits.ts";
import { serve, type ServeOptions } from "../../lib/server/serve.ts";
import type { Answer } from "./corpus.ts";
import { toAnswer, toStatus } from "./message_reader.ts";
import { connect, type RawClient, toBytes, toText } from "./raw_client.ts";

const PATIENT: Deadlines = {
  handshake: 60,
  head: 60,
  content: 60,
  answer: 60,
  idle: 60,
  linger: 60,
};
const PLAIN = new FieldBlock([["Content-Type", "text/plain"]]);

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  connect(): Promise<RawClient>;
}

/** Serves `handler` on a free port until disposed of. */
export function serveTest(
  handler: Handler,
  options: Omit<ServeOptions, "listener"> = {},
): TestServer {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const deadlines = { ...PATIENT, ...options.deadlines };
  const server = serve(handler, { ...options, deadlines, listener });
  const { port } = server.address as { port: number };
  return {
    port,
    connect: () => connect(port),
    [Symbol.asyncDispose]: () => server.shutdown({ grace: 0 }),
  };
}

/** A server that answers `METHOD target` and remembers, for each peer, what its handler saw. */
export function serveEcho(
  options: Omit<ServeOptions, "listener"> = {},
): TestServer & { seenBy(client: RawClient): Answer[] } {
  const seen = new Map<number, Answer[]>();
  const remember = (request: HttpRequest, content: string): HttpResponse => {
    const { port } = request.remoteAddress as { port: number };
    const answers = seen.get(port) ?? [];
    seen.set(port, answers);
    answers.push(toAnswer(request, content));
    return text(toStatus(request.target.raw), `${request.method} ${request.target.raw}`);
  };
  const server = serveTest((request) => {
    if (request.content === null) return remember(request, "");
    return contentOf(request).then((content) => remember(request, content));
  }, options);
  return {
    ...server,
    seenBy: (client) => seen.get((client.localAddress as Deno.NetAddr).port) ?? [],
  };
}

/** A plain answer; `content` is latin1. */
export function text(status: number, content: string, fields = PLAIN): HttpResponse {
  return { status, fields, content: toBytes(content) };
}

/** All content of a request, as latin1. */
export async function contentOf(request: HttpRequest): Promise<string> {
  let content = "";
  for await (const piece of request.content ?? []) content += toText(piece);
  return content;
}
