// The request on the page of a failure: what of it is shown, and what is masked.

import { MASK, toFailedRequest } from "../../../lib/handlers/dev/failed_request.ts";
import { assertEquals } from "../../deps.ts";
import { getWith, requestOf } from "../../support/request.ts";

const secrets = [
  "Authorization: Basic YTpi",
  "Proxy-Authorization: Basic YTpi",
  "Cookie: a=b",
  "X-API-Key: k",
  "X-Api_Key: k",
  "apikey: k",
  "X-Auth-Token: t",
  "X-CSRF-Token: t",
  "X-Amz-Security-Token: t",
  "X-Hub-Signature-256: s",
  "Session-Id: s",
  "X-Client-Secret: s",
];
for (const line of secrets) {
  Deno.test(`the value of ${line.split(":")[0]} is masked`, () => {
    const [, [name, value] = []] = toFailedRequest(getWith(line)).fields;
    assertEquals([name, value], [line.split(":")[0], MASK]);
  });
}

Deno.test("other fields are shown as they came, in their order", () => {
  const lines = ["Accept: */*", "Author: me", "X-Author: <b>", "accept: text/css"];
  const { fields } = toFailedRequest(getWith(...lines));
  assertEquals(fields.map(([name, value]) => `${name}: ${value}`), ["Host: a", ...lines]);
});

const targets: [target: string, url: string][] = [
  ["/a?b=c&author=d", "http://a/a?b=c&author=d"],
  ["/a?token=x&b=c", `http://a/a?token=${MASK}&b=c`],
  ["/a?b=c&access_token=x", `http://a/a?b=c&access_token=${MASK}`],
  ["/a?PASSWORD=x;y=z", `http://a/a?PASSWORD=${MASK};y=z`],
  ["/token=x", "http://a/token=x"],
  ["http://b/a?api_key=x", `http://a/a?api_key=${MASK}`],
];
for (const [target, url] of targets) {
  Deno.test(`the URL of ${target} is shown as ${url}`, () => {
    const request = requestOf(`GET ${target} HTTP/1.1\r\nHost: a`);
    assertEquals(toFailedRequest(request).url, url);
  });
}

Deno.test("a secret in a URL that a field holds is masked", () => {
  const [, [, value] = []] = toFailedRequest(getWith("Referer: http://a/?token=x&b=c")).fields;
  assertEquals(value, `http://a/?token=${MASK}&b=c`);
});

Deno.test("below a mount the URL is the one that was asked for; OPTIONS * has none", () => {
  const request = requestOf("GET /x?y HTTP/1.1\r\nHost: a:81");
  assertEquals(toFailedRequest({ ...request, base: "/api" }).url, "http://a:81/api/x?y");
  const secure = toFailedRequest({ ...request, secure: true });
  assertEquals([secure.url, secure.version], ["https://a:81/x?y", "HTTP/1.1"]);
  assertEquals(toFailedRequest(requestOf("OPTIONS * HTTP/1.1\r\nHost: a")).url, "http://a*");
  assertEquals(toFailedRequest(requestOf("GET /old HTTP/1.0")).url, "/old");
});

const accepts: [accept: string | null, wantsPage: boolean][] = [
  [null, false],
  ["*/*", false],
  ["text/*", false],
  ["application/json", false],
  ["text/html", true],
  ["TEXT/HTML;level=1, */*;q=0.1", true],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true],
  ["application/xhtml+xml", true],
  ["text/html;q=0.5", true],
  ["text/html;q=0", false],
  ["text/html;q=0.000, text/plain", false],
  ["text/html-fragment", false],
];
for (const [accept, wantsPage] of accepts) {
  Deno.test(`Accept: ${accept} wants ${wantsPage ? "a page" : "text"}`, () => {
    const request = getWith(...accept === null ? [] : [`Accept: ${accept}`]);
    assertEquals(toFailedRequest(request).wantsPage, wantsPage);
  });
}
