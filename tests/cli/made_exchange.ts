// Requests and exchanges as the driver would hand them over, made of the octets of a head.

import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import type { HttpRequest } from "../../lib/server/handler.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import type { Exchange } from "../../lib/server/observer.ts";
import { toBytes } from "../support/raw_client.ts";

const REMOTE = { transport: "tcp", hostname: "127.0.0.1", port: 50_000 } as const;
const LOCAL = { transport: "tcp", hostname: "127.0.0.1", port: 8000 } as const;

/** The request whose head consists of these lines; Host is added. */
export function makeRequest(requestLine: string, ...fieldLines: string[]): HttpRequest {
  const lines = [requestLine, "Host: localhost", ...fieldLines, "", ""];
  const octets = toBytes(lines.join("\r\n"));
  const head = new RequestHeadScanner(DEFAULT_LIMITS).parse(octets, 0, octets.length);
  if (head === null) throw new Error(`Not a whole head: ${requestLine}`);
  head.fields.keep();
  const { method, target, version, fields } = head;
  return {
    method,
    target,
    base: "",
    version,
    fields,
    content: null,
    remoteAddress: REMOTE,
    localAddress: LOCAL,
    secure: false,
    authority: "localhost",
    signal: new AbortController().signal,
  };
}

/** An exchange in which a small GET was answered with 200, unless `parts` says otherwise. */
export function makeExchange(parts: Partial<Exchange> = {}): Exchange {
  return {
    request: makeRequest("GET / HTTP/1.1"),
    remoteAddress: REMOTE,
    status: 200,
    contentLength: 700,
    began: 0,
    isCut: false,
    refusal: null,
    section: null,
    ...parts,
  };
}
