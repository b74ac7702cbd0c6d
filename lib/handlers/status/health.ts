/**
 * WHAT ANSWERS: whether the server serves, for whoever sends it requests.
 *
 * 200 while it does; 503 before, and from the moment at which it is told to stop, so that a load balancer
 * takes it out while the requests in flight are still being answered.
 */

import { FieldBlock } from "../../http1/field_block.ts";
import type { Handler } from "../../server/handler.ts";
import { ReadyAnswer } from "../../server/ready_answer.ts";
import { atPath } from "./at_path.ts";

/** Where the answer is. */
export const HEALTH_PATH = "/.rawserve/health";

const SERVING = toAnswer(200, "ok\n");
const NOT_SERVING = toAnswer(503, "not serving\n");

/** `handler`, and `isServing` at the path for it. */
export function withHealth(handler: Handler, isServing: () => boolean): Handler {
  return atPath(HEALTH_PATH, {
    answer: () => isServing() ? SERVING : NOT_SERVING,
    otherwise: handler,
  });
}

function toAnswer(status: number, text: string): ReadyAnswer {
  return new ReadyAnswer({
    status,
    fields: new FieldBlock([
      ["Content-Type", "text/plain; charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
      ["Cache-Control", "no-store"],
    ]),
    content: new TextEncoder().encode(text),
  });
}
