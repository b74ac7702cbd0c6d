/**
 * DRIVER: short answers in plain text, for errors and for what there is nothing else to say about.
 *
 * They say which status it is and what is the matter, and repeat nothing that the peer sent. Nothing
 * may keep them: a cache is free to keep 404, 405, 410 and 501 unless it is told (RFC 9110 15.1).
 */

import { FieldBlock } from "../http1/field_block.ts";
import { REASON_PHRASES } from "../http1/status.ts";
import type { HttpResponse } from "./handler.ts";

/** An answer whose content is there. */
export type OctetsAnswer = HttpResponse & {
  /** Octets, which must not change until they are sent. */
  readonly content: Uint8Array;
};

const encoder = new TextEncoder();

/** An answer with `status`, an explanation (one sentence without a period) and what fields it needs besides. */
export function textAnswer(
  status: number,
  explanation: string,
  ...lines: (readonly [name: string, value: string])[]
): OctetsAnswer {
  return {
    status,
    fields: new FieldBlock([
      ["Content-Type", "text/plain; charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
      ["Cache-Control", "no-store"],
      ...lines,
    ]),
    content: encoder.encode(`${status} ${REASON_PHRASES.get(status) ?? ""}\n${explanation}\n`),
  };
}
