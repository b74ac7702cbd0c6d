// RFC 9110 15.5.1: what the peer is told that broke a rule.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { contentOf, serveTest, text } from "../support/echo_server.ts";

Deno.test("a refusal says which rule was broken and repeats nothing (RFC 9110 15.5.1)", async () => {
  await using server = serveTest(() => text(200, ""));
  using client = await server.connect();
  await client.send("GET / HTTP/1.1\r\nHost: a\r\n<script>alert(1)</script>: x\r\n\r\n");
  const answer = await client.readResponse();
  assertEquals(answer.field("content-type"), "text/plain; charset=utf-8");
  assertEquals(answer.field("x-content-type-options"), "nosniff");
  assertStringIncludes(answer.text(), "(RFC 9112 5)");
  assert(!answer.text().includes("script"));
});

/** What a peer would like to read in the answer, in as many places as it can put it. */
const MARK = "zz<b>mark</b>";
const TARGET_MARK = "zz-b-mark-b";
const post = (fields: string, content: string) =>
  `POST /${TARGET_MARK} HTTP/1.1\r\nHost: a\r\nX: ${MARK}\r\n${fields}\r\n\r\n${content}`;

const refusals: [status: number, octets: string][] = [
  [400, `GET /${MARK} HTTP/1.1\r\nHost: a\r\n\r\n`],
  [400, `GET / HTTP/1.1\r\nHost: ${MARK}\r\n\r\n`],
  [400, post("Transfer-Encoding: chunked", `${MARK}\r\n`)],
  [413, post("Content-Length: 99999999999", MARK)],
  [414, `GET /${TARGET_MARK}${"x".repeat(9_000)} HTTP/1.1\r\n\r\n`],
  [417, post(`Expect: ${MARK}`, "")],
  [421, `GET https://${TARGET_MARK}/ HTTP/1.1\r\nHost: a\r\n\r\n`],
  [431, post(`A: ${MARK.repeat(4_000)}`, "")],
  [501, post(`Transfer-Encoding: ${TARGET_MARK}, chunked`, "")],
  [505, `GET /${TARGET_MARK} HTTP/4.2\r\nHost: a\r\n\r\n`],
];

for (const [i, [status, octets]] of refusals.entries()) {
  Deno.test(`refusal ${i + 1}, a ${status}, is a whole answer and repeats nothing (RFC 9110 15.5)`, async () => {
    await using server = serveTest(async (request) => text(200, await contentOf(request)));
    using client = await server.connect();
    await client.send(octets);
    const answer = await client.readResponse();
    assertEquals([answer.status, answer.field("connection")], [status, "close"]);
    // Date is for all 4xx (RFC 9110 6.6.1), an explanation for 4xx and 5xx (15.5, 15.6).
    assert(!Number.isNaN(Date.parse(answer.field("date") ?? "")));
    assertEquals(answer.field("content-type"), "text/plain; charset=utf-8");
    assertEquals(answer.field("content-length"), String(answer.content.length));
    assertMatch(answer.text(), /^\d{3} [A-Z].+\n[A-Z].+ \(RFC \d{4} [\d.]+\)\n$/);
    const said = answer.fields.flat().join("\n") + answer.text();
    assert(!/zz|mark/.test(said), said);
    assertEquals(await client.readAllText(), "");
  });
}
