// An answer of each kind that the driver sends in a way of its own.

import { FieldBlock } from "../../lib/http1/field_block.ts";
import type { HttpResponse } from "../../lib/server/handler.ts";
import { text } from "./echo_server.ts";
import { streamOf } from "./stream_of.ts";

const fields = new FieldBlock([["Content-Type", "text/plain"], ["X-A", "1"], ["x-a", "2"]]);

/** What kind it is, and what makes one. */
export const KINDS_OF_ANSWERS: readonly [name: string, make: () => HttpResponse][] = [
  ["octets", () => text(200, "hello", fields)],
  ["no content", () => ({ status: 200, fields, content: null })],
  ["a stream", () => ({ status: 200, fields, content: streamOf("hello", "", ", world") })],
  ["octets by promise", () => text(404, "not here", fields)],
];
