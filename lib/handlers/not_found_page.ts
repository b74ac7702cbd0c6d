/**
 * WHAT ANSWERS (RFC 9110 15.5.5): the server's own page for what is not there.
 *
 * It is no representation of what was asked for, so it has no validators and no ranges.
 */

import { FieldBlock } from "../http1/field_block.ts";
import { ReadyAnswer } from "../server/ready_answer.ts";
import { toPagePolicy } from "./page_policy.ts";

const NAME = "404.html";

/** The page of `directory` as an answer. Throws a `Deno.errors` error where it cannot be read. */
export function notFoundPage(directory: string | URL): ReadyAnswer {
  const path = directory instanceof URL
    ? new URL(NAME, directory.href.endsWith("/") ? directory : `${directory.href}/`)
    : `${directory}/${NAME}`;
  const content = Deno.readFileSync(path);
  return new ReadyAnswer({
    status: 404,
    fields: new FieldBlock([
      ["Content-Type", "text/html; charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
      ["Cache-Control", "no-cache"],
      ["Content-Security-Policy", toPagePolicy(new TextDecoder().decode(content))],
    ]),
    content,
  });
}
