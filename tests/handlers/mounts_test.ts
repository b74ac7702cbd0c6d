// Handlers side by side: who is asked, and for what.

import { type Mount, toPrefixFinder, withMounts } from "../../lib/handlers/mounts.ts";
import { SettingError } from "../../lib/handlers/setting_error.ts";
import type { Handler, HttpRequest, HttpResponse } from "../../lib/server/handler.ts";
import { assertEquals, assertThrows } from "../deps.ts";
import { requestOf } from "../support/request.ts";
import { text } from "../support/server.ts";

/** Says who was asked, below what, and for what. */
const named = (name: string): Handler => ({ target, base }) =>
  text(`${name} ${base} ${"path" in target ? target.path : target.raw} ${target.raw}`);

const mounts: Mount[] = [
  { prefix: "/api", handler: named("api"), isFolder: false },
  { prefix: "/api/v2", handler: named("v2"), isFolder: false },
  { prefix: "/as sets", handler: named("assets"), isFolder: true },
];
const handler = withMounts(mounts, named("rest"));

function ask(target: string, method = "GET"): HttpResponse {
  return handler(requestOf(`${method} ${target} HTTP/1.1\r\nHost: a`)) as HttpResponse;
}

const cases: [target: string, answer: string][] = [
  ["/", "rest  /"],
  ["/api", "api /api /"],
  ["/api/", "api /api /"],
  ["/api/users?a=/api/v2", "api /api /users"],
  ["/api/v2", "v2 /api/v2 /"],
  ["/api/v2/x/y", "v2 /api/v2 /x/y"],
  ["/api/v22", "api /api /v22"],
  ["/apiary", "rest  /apiary"],
  ["/API/x", "rest  /API/x"],
  ["/%61pi/%78", "api /%61pi /%78"],
  ["/api%2Fv2/x", "rest  /api%2Fv2/x"],
  ["/api/%zz", "api /api /%zz"],
  ["/%zz/api", "rest  /%zz/api"],
  ["//api/x", "rest  //api/x"],
  ["/api//v2", "api /api //v2"],
  ["/x/../api/y", "rest  /x/../api/y"],
  ["/api/../secret", "api /api /../secret"],
  ["/as%20sets/x", "assets /as%20sets /x"],
  ["http://a/api/x", "api /api /x"],
];

for (const [target, answer] of cases) {
  Deno.test(`of ${target} is asked: ${answer}`, () => {
    const { content } = ask(target);
    assertEquals(new TextDecoder().decode(content as Uint8Array), `${answer} ${target}`);
  });
}

Deno.test("a folder's prefix alone is redirected to the one with a slash, query kept", () => {
  const { status, fields } = ask("/as%20sets?a=b");
  assertEquals([status, fields.get("location")], [301, "/as%20sets/?a=b"]);
});

Deno.test("a target without a path is for the rest (RFC 9112 3.2.4)", () => {
  assertEquals(
    new TextDecoder().decode(ask("*", "OPTIONS").content as Uint8Array),
    "rest  * *",
  );
});

Deno.test("mounts within mounts add up", () => {
  const inner = withMounts([{ prefix: "/b", handler: named("b"), isFolder: true }], named("a"));
  const outer = withMounts([{ prefix: "/a", handler: inner, isFolder: false }], named("rest"));
  const asked = (target: string) =>
    outer(requestOf(`GET ${target} HTTP/1.1\r\nHost: a`)) as HttpResponse;
  assertEquals(
    new TextDecoder().decode(asked("/a/b/c").content as Uint8Array),
    "b /a/b /c /a/b/c",
  );
  assertEquals(asked("/a/b").fields.get("location"), "/a/b/");
});

Deno.test("a request below a mount is the same request otherwise", () => {
  const request = requestOf("POST /api/x HTTP/1.1\r\nHost: a.example\r\nX-A: 1");
  let seen: HttpRequest | undefined;
  withMounts([{
    prefix: "/api",
    handler: (mounted) => (seen = mounted, text("")),
    isFolder: false,
  }], named("rest"))(request);
  for (
    const key of [
      "method",
      "version",
      "fields",
      "content",
      "remoteAddress",
      "localAddress",
      "secure",
      "authority",
      "signal",
    ] as const
  ) assertEquals(seen![key], request[key]);
});

Deno.test("two mounts at one prefix are refused", () => {
  assertThrows(() => withMounts([...mounts, mounts[0]!], named("rest")), SettingError);
});

Deno.test("toPrefixFinder finds the longest prefix, escaped or not, and where it ends", () => {
  const find = toPrefixFinder(["/api", "/api/old", "/a b"]);
  const found = (target: string) => find(requestOf(`GET ${target} HTTP/1.1\r\nHost: a`).target);
  assertEquals(found("/api/old/x"), { prefix: "/api/old", end: 8 });
  assertEquals(found("/api/older"), { prefix: "/api", end: 4 });
  assertEquals(found("/%61pi?x=/api/old"), { prefix: "/api", end: 6 });
  assertEquals(found("http://a/a%20b/c"), { prefix: "/a b", end: 6 });
  for (const other of ["/", "/apiary", "/x/api", "/API", "/api%2fold", "/%ff/api"]) {
    assertEquals(found(other), null, other);
  }
});
