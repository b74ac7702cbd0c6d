// What becomes of a Content-Security-Policy (CSP 3, 6.8.3) that is to let two addresses in.

import { allowOwnSources } from "../../../lib/handlers/dev/own_sources.ts";
import { assertEquals } from "../../deps.ts";

const OWN = { script: "http://a/s.js", stream: "http://a/e" };

const cases: [what: string, policy: string, widened: string][] = [
  ["a policy about other things stays", "img-src 'self'", "img-src 'self'"],
  ["an empty one stays", "", ""],
  ["script-src is widened", "script-src 'self'", "script-src 'self' http://a/s.js"],
  [
    "script-src-elem goes before script-src",
    "script-src 'none'; script-src-elem 'self'",
    "script-src 'none'; script-src-elem 'self' http://a/s.js",
  ],
  ["'none' goes when something is let in", "connect-src 'none'", "connect-src http://a/e"],
  [
    "default-src is copied for what it stands for, and stays itself",
    "default-src 'none'; img-src *",
    "default-src 'none'; img-src *; script-src http://a/s.js; connect-src http://a/e",
  ],
  [
    "default-src is copied with its sources",
    "default-src 'self' b.example",
    "default-src 'self' b.example; script-src 'self' b.example http://a/s.js; " +
    "connect-src 'self' b.example http://a/e",
  ],
  [
    "names are read in any case, digests are kept",
    "Script-Src 'sha256-Ab='",
    "script-src 'sha256-Ab=' http://a/s.js",
  ],
  [
    "of two directives of one name the first counts",
    "connect-src 'self'; connect-src b",
    "connect-src 'self' http://a/e; connect-src b",
  ],
  [
    "a directive without sources allows nothing, and now one",
    "script-src",
    "script-src http://a/s.js",
  ],
  [
    "of several policies each is widened",
    "script-src 'self', connect-src 'self'",
    "script-src 'self' http://a/s.js, connect-src 'self' http://a/e",
  ],
];

for (const [what, policy, widened] of cases) {
  Deno.test(`allowOwnSources: ${what}`, () => {
    assertEquals(allowOwnSources(policy, OWN), widened);
  });
}
