/**
 * WHAT ANSWERS: one line that says why there is nothing else, in development.
 *
 * For what cannot be opened at all, so that whoever looks at the browser sees what stands in the terminal. Being
 * HTML, it loads itself again when a change has made it possible.
 */

import { FieldBlock } from "../../http1/field_block.ts";
import type { Handler } from "../../server/handler.ts";
import { html } from "../html.ts";
import { toPagePolicy } from "../page_policy.ts";

const encoder = new TextEncoder();

/** Answers everything with a 500 that shows `message`. */
export function cannotStart(message: string): Handler {
  const page = html`
    <!DOCTYPE html>
    <html lang="en">
      <meta charset="utf-8">
      <title>Cannot start</title>
      <pre>${message}</pre>
    </html>
  `;
  const text = String(page);
  const answer = {
    status: 500,
    fields: new FieldBlock([
      ["Content-Type", "text/html; charset=utf-8"],
      ["Content-Security-Policy", toPagePolicy(text)],
      ["X-Content-Type-Options", "nosniff"],
      ["Cache-Control", "no-store"],
    ]),
    content: encoder.encode(text),
  };
  return () => answer;
}
