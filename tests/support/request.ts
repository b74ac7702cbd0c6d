// Requests for tests of handlers, made from the octets that a client would send: what a handler is
// asked in a test is then what it would really be asked, and no test can invent a request that the
// parser would refuse.

import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import type { HttpRequest } from "../../lib/server/handler.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { toBytes } from "./raw_client.ts";

/** The request with this head; the empty line at its end is added. Content is never there. */
export function requestOf(head: string): HttpRequest {
  const octets = toBytes(`${head.trimEnd()}\r\n\r\n`);
  const parsed = new RequestHeadScanner(DEFAULT_LIMITS).parse(octets, 0, octets.length);
  if (parsed === null || parsed.length !== octets.length) {
    throw new Error(`Not one request head: ${JSON.stringify(head)}`);
  }
  parsed.fields.keep();
  const { method, target, version, fields } = parsed;
  return {
    method,
    target,
    base: "",
    version,
    fields,
    content: null,
    remoteAddress: { transport: "tcp", hostname: "127.0.0.1", port: 50_000 },
    localAddress: { transport: "tcp", hostname: "127.0.0.1", port: 8_000 },
    secure: false,
    authority: fields.get("host"),
    signal: new AbortController().signal,
  };
}

/** A GET for `/` with these field lines besides Host. */
export function getWith(...lines: string[]): HttpRequest {
  return requestOf(["GET / HTTP/1.1", "Host: a", ...lines].join("\r\n"));
}
