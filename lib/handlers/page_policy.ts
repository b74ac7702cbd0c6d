/**
 * WHAT ANSWERS: the Content-Security-Policy of the pages that the server itself shows.
 *
 * A page may load pictures from here, and use the styles and scripts that are written inside it, each
 * named by its digest; nothing else. What got into a page by mistake, such as a file's name that is a
 * script, has no digest in the policy and does not run.
 */

import { createHash } from "node:crypto";

/**
 * The policy for `page`, the text of an HTML document or of the part of it that holds its styles and
 * scripts. `pictures` says where pictures come from: `'self'` unless given.
 */
export function toPagePolicy(page: string, { pictures = "'self'" } = {}): string {
  // A browser takes the digest after it has made every line end a line feed.
  const text = page.replaceAll("\r\n", "\n");
  const scripts = digestsOf(text.matchAll(/<script>(.*?)<\/script>/gs));
  return `default-src 'none'; img-src ${pictures}; ` +
    `style-src ${digestsOf(text.matchAll(/<style>(.*?)<\/style>/gs)) || "'none'"}; ` +
    (scripts === "" ? "" : `script-src ${scripts}; `) +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

function digestsOf(elements: Iterable<RegExpExecArray>): string {
  return Array.from(elements, ([, content = ""]) => {
    return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
  }).join(" ");
}
