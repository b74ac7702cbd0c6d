// The page of what an app threw, over a real socket: for whom, with what in it, and nothing let out.

import { failedApp, withErrorPage } from "../../../lib/handlers/dev/failure_answers.ts";
import { toScriptFailure } from "../../../lib/handlers/dev/script_failure.ts";
import { escapeHtml } from "../../../lib/handlers/html.ts";
import { ProtocolError } from "../../../lib/http1/protocol_error.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
  assertThrows,
} from "../../deps.ts";
import { connect } from "../../support/raw_client.ts";
import { getWith } from "../../support/request.ts";
import app from "./failing_app.ts";
import { fine, PAGE, page, ShownApp } from "./shown_app.ts";

const failures: [path: string, heading: string, place: RegExp][] = [
  ["/sync", "TypeError: Thrown at once", /failing_app\.ts:11:11/],
  ["/async", "RangeError: Thrown later", /failing_app\.ts:15:11/],
  ["/imported?name=bob", "Error: Cannot find the visitor bob", /failing_store\.ts:\d+:11/],
  ["/app/imported", "Error: Cannot find the visitor null", /failing_store\.ts:\d+:11/],
  ["/text", 'string: "a text & <b>markup</b>"', /GET/],
  ["/null", "null: null", /GET/],
  ["/several", "AggregateError: Two at once", /One of several: Error: one/],
  ["/liar", "Error: liar", /GET/],
  ["/map", "SyntaxError: ", /at JSON\.parse[^]*failing_app\.ts/],
  ["/nothing", "TypeError: Cannot answer: the app returned something that is no Response", /GET/],
];
for (const [path, heading, place] of failures) {
  Deno.test(`${path} is told as text to whoever wants none of pages, and once to the log`, async () => {
    await using shown = ShownApp.serve(app.fetch);
    const response = await shown.ask(path);
    assertEquals([response.status, response.field("content-type")], [
      500,
      "text/plain; charset=utf-8",
    ]);
    assertEquals(response.text().slice(0, heading.length), heading);
    assertMatch(response.text(), place);
    assertStringIncludes(response.text(), `GET http://a.test${path} HTTP/1.1\nHost: a.test\n`);
    assertEquals([shown.told.length, shown.server.handlerErrors.length], [1, 0]);
    assertEquals(shown.server.exchanges.map(({ status, isCut }) => [status, isCut]), [[
      500,
      false,
    ]]);
  });
}

Deno.test("a browser gets a page with the frames, the source line, the request, the versions", async () => {
  await using shown = ShownApp.serve(app.fetch);
  const response = await shown.ask("/imported?name=bob", PAGE, "Cookie: id=secret");
  assertEquals([response.status, response.field("content-type"), response.field("cache-control")], [
    500,
    "text/html; charset=utf-8",
    "no-store",
  ]);
  const text = response.text();
  assertStringIncludes(text, "<title>Error: Cannot find the visitor bob</title>");
  assertStringIncludes(text, "<h1>Error</h1>");
  assertMatch(
    text,
    /<li class="own">\n<p><code>[^<]*\/<b>failing_store\.ts:\d+:11<\/b><\/code> in/,
  );
  assertMatch(text, /<mark><i>\d+<\/i> {5}throw new Error\(`Cannot find the visitor/);
  assertMatch(text, /<small>Caused by<\/small> RangeError/);
  assertMatch(text, /<summary>\d+ calls of libraries and the runtime<\/summary>/);
  assertStringIncludes(text, "<dt>Cookie</dt><dd>(hidden)</dd>");
  assertStringIncludes(text, `rawserve/test, Deno ${Deno.version.deno}`);
  assertNotMatch(text, /id=secret/);
  // As plain text it is what others get.
  const plain = await shown.ask("/imported?name=bob", "Cookie: id=secret");
  const [first] = plain.text().split("\n\nGET ");
  assertStringIncludes(text, escapeHtml(first!));
});

Deno.test("what is thrown stands in the page as text, and no script but ours may run", async () => {
  const hostile =
    `</pre></textarea></style><script>alert(1)</script><img src=x onerror="a('b')">&amp;`;
  class Hostile extends Error {
    override name = `<i>${hostile}`;
  }
  await using shown = ShownApp.handle(() => {
    const error = new Hostile(hostile, { cause: hostile });
    error.stack = `${error}\n    at <u>${hostile} (file:///<b>${hostile}.ts:1:1)`;
    throw error;
  });
  const response = await shown.ask(
    "/?x=%3Cs%3E&y='z'",
    PAGE,
    `X-Evil: ${hostile}`,
    "X-Quote: \"'<q>",
  );
  const text = response.text();
  assertEquals(text.match(/<script\b/g)?.length, 1);
  assertEquals(text.match(/<(?:img|i>&|b>\/|u|s|q|textarea)\b/g), null);
  assertNotMatch(text.replace(/<script>.*<\/script>/s, ""), /onerror="|alert\(1\)<\/script>/);
  assertStringIncludes(text, "&lt;script&gt;alert(1)&lt;/script&gt;");
  const policy = response.field("content-security-policy")!;
  assertMatch(
    policy,
    /^default-src 'none'; img-src data:; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  assertEquals(response.field("x-content-type-options"), "nosniff");
});

Deno.test("what controls a terminal does not get there by curl", async () => {
  await using shown = ShownApp.handle(() => {
    throw Object.assign(new Error("a\x1b]0;title\x07b\x9bc\r"), { name: "\x1b[31mred" });
  });
  const response = await shown.ask("/");
  assertNotMatch(response.text(), /[^\P{Cc}\n\t]/u);
});

Deno.test("HEAD has the fields of GET; what is no failure goes by untouched", async () => {
  await using shown = ShownApp.serve(app.fetch);
  const head = await shown.ask("HEAD /sync", PAGE);
  assertEquals([head.status, head.field("content-type")], [500, "text/html; charset=utf-8"]);
  assert(Number(head.field("content-length")) > 1_000);
  const response = await shown.ask("/", PAGE);
  assertEquals([response.status, response.text()], [200, "fine"]);
  assertEquals((await shown.ask("/gone", PAGE)).status, 404);
  assertEquals(shown.told.length, 1);
});

Deno.test("content that a failing app has not read does not harm the next request", async () => {
  await using shown = ShownApp.serve(app.fetch);
  using client = await connect(shown.server.port);
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde`;
  await client.send(head("/sync") + head("/async") + head("/"));
  assertEquals((await client.readResponse()).status, 500);
  assertEquals((await client.readResponse()).status, 500);
  assertEquals((await client.readResponse()).text(), "fine");
});

Deno.test("what fails in the middle of an answer is cut, and told by the driver", async () => {
  await using shown = ShownApp.serve(app.fetch);
  using client = await connect(shown.server.port);
  await client.send("GET /body HTTP/1.1\r\nHost: a\r\n\r\n");
  const text = new TextDecoder().decode(await client.readAll());
  assertMatch(text, /^HTTP\/1\.1 200 [^]*begun/);
  assertNotMatch(text, /In the middle|\r\n0\r\n\r\n$/);
  assertEquals(shown.told, []);
  assertEquals(shown.server.handlerErrors.map(String), ["Error: In the middle"]);
});

Deno.test("a rule that the peer broke is the driver's to answer", async () => {
  const error = new ProtocolError("Bad", { status: 400, section: "RFC 9112 7.1" });
  const told: unknown[] = [];
  const onError = (error: unknown) => void told.push(error);
  for (
    const handler of [() => Promise.reject(error), () => {
      throw error;
    }]
  ) {
    const shown = withErrorPage(handler as () => never, { page, onError });
    const thrown = await Promise.resolve().then(() => shown(getWith())).catch((error) => error);
    assertEquals(thrown, error);
  }
  assertEquals(told, []);
  assertThrows(() =>
    withErrorPage(() => {
      throw error;
    }, { page, onError })(getWith())
  );
});

Deno.test("an app that cannot be loaded answers everything with why", async () => {
  const failure = toScriptFailure(
    new SyntaxError("Unexpected token at file:///a.js:1:2"),
    "loading",
  );
  await using shown = ShownApp.handle(failedApp(failure, page));
  for (const target of ["/", "POST /x?y", "OPTIONS *"]) {
    const response = await shown.ask(target, PAGE);
    assertEquals(response.status, 500, target);
    assertStringIncludes(response.text(), "The app cannot be loaded");
    assertStringIncludes(response.text(), "a.js:1:2");
  }
  assertEquals(shown.told, []);
});

Deno.test("a handler that answers at once is still not awaited", () => {
  const shown = withErrorPage(fine, { page, onError: () => {} });
  assertEquals(shown(getWith()) instanceof Promise, false);
});
