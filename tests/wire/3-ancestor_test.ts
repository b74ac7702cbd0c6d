// The hand-written server of early deno_std had six faults. Each has a test here, so that its grandchild
// does not inherit them. The first, imports in a circle, is in tests/architecture_test.ts; the corpus has
// many more of the others.

import { assert, assertEquals } from "../deps.ts";
import { contentOf, serveTest, text } from "../support/echo_server.ts";

/** The statuses of all answers to `octets`, until the server ends the connection. */
async function statusesOf(octets: string): Promise<number[]> {
  await using server = serveTest(async (request) => text(200, await contentOf(request)));
  using client = await server.connect();
  await client.send(octets);
  await client.closeWrite();
  const all = await client.readAllText();
  return [...all.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

const head = (...lines: string[]) => `POST / HTTP/1.1\r\nHost: a\r\n${lines.join("\r\n")}\r\n\r\n`;

Deno.test("second fault: framing is no matter for parseInt (RFC 9112 6.3)", async () => {
  for (const length of ["5abc", "5, 6", "+5", " 0x5", "5.9", "1e1", ""]) {
    assertEquals(await statusesOf(`${head(`Content-Length: ${length}`)}hello`), [400]);
  }
  for (const size of ["5abc", "+5", "0x5", "-5", "5.9", " 5", ""]) {
    const chunked = `${head("Transfer-Encoding: chunked")}${size}\r\nhello\r\n0\r\n\r\n`;
    assertEquals(await statusesOf(chunked), [400]);
  }
});

Deno.test("second fault: framing is decided before the handler, also where it reads nothing (RFC 9112 6.3)", async () => {
  let calls = 0;
  await using server = serveTest(() => (calls++, text(200, "")));
  using client = await server.connect();
  await client.send(`${head("Content-Length: 1", "Transfer-Encoding: chunked")}0\r\n\r\n`);
  assertEquals([(await client.readResponse()).status, calls], [400, 0]);
});

Deno.test("third fault: a bad field line is refused, not skipped (RFC 9112 5)", async () => {
  for (const line of ["no colon", ": no name", "A : b", " A: b", "A\0: b", "A: \0", "A\nB: c"]) {
    assertEquals(await statusesOf(head(line)), [400]);
  }
});

Deno.test("fourth fault: no error misses its answer, wherever it is found (RFC 9110 15.5.1)", async () => {
  const found: [where: string, octets: string, statuses: number[]][] = [
    ["in the request-line", "GARBAGE\r\n\r\n", [400]],
    ["in the version", "GET / HTTP/3.0\r\n\r\n", [505]],
    ["in a field", head("A"), [400]],
    ["in the rules", "GET / HTTP/1.1\r\n\r\n", [400]],
    ["in the framing", head("Content-Length: x"), [400]],
    ["in the content", `${head("Transfer-Encoding: chunked")}x`, [400]],
    ["in the trailers", `${head("Transfer-Encoding: chunked")}0\r\nA\r\n\r\n`, [400]],
    ["at the end of a head", "GET / HT", [400]],
    ["at the end of content", `${head("Content-Length: 9")}hello`, [400]],
    ["behind a good request", `${head("Content-Length: 1")}xGARBAGE\r\n\r\n`, [200, 400]],
  ];
  for (const [where, octets, statuses] of found) {
    assertEquals(await statusesOf(octets), statuses, where);
  }
});

Deno.test("fifth fault: close, HEAD and HTTP/1.0 are known (RFC 9112 9.3, RFC 9110 9.3.2)", async () => {
  await using server = serveTest(() => text(200, "hello"));
  const answers: [request: string, ending: string][] = [
    ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "\r\n\r\nhello"],
    ["HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "\r\n\r\n"],
    ["GET / HTTP/1.0\r\n\r\n", "\r\n\r\nhello"],
    ["HEAD / HTTP/1.0\r\n\r\n", "\r\n\r\n"],
  ];
  for (const [request, ending] of answers) {
    using client = await server.connect();
    await client.send(request);
    const answer = await client.readAllText();
    assert(answer.includes("\r\nContent-Length: 5\r\n"), answer);
    assert(answer.includes("\r\nConnection: close\r\n"), answer);
    assertEquals(answer.slice(answer.indexOf("\r\n\r\n")), ending);
  }
});

Deno.test("sixth fault: what a peer sends has limits (RFC 9110 15.5.15, 15.5.14, RFC 6585 5)", async () => {
  assertEquals(await statusesOf(`GET /${"x".repeat(9_000)}`), [414]);
  assertEquals(await statusesOf(head(`A: ${"x".repeat(40_000)}`)), [431]);
  assertEquals(await statusesOf(head(...Array(101).fill("A: b"))), [431]);
  assertEquals(await statusesOf(head("Content-Length: 1000000000")), [413]);
  const chunked = head("Transfer-Encoding: chunked");
  assertEquals(await statusesOf(`${chunked}1;${"x".repeat(5_000)}`), [400]);
  assertEquals(await statusesOf(`${chunked}0\r\nA: ${"x".repeat(9_000)}`), [431]);
});

Deno.test("sixth fault: what a peer does not send has a deadline (RFC 9110 15.5.9)", async () => {
  // One deadline is short in each case: a slow machine must not make another one pass first.
  const silences: [deadline: string, sent: string, status: number | null][] = [
    ["head", "GET / HT", 408],
    ["content", `${head("Content-Length: 5")}hel`, 408],
    ["idle", "", null],
  ];
  for (const [deadline, sent, status] of silences) {
    await using server = serveTest(
      async (request) => text(200, await contentOf(request)),
      { tick: 10, deadlines: { [deadline]: 0.02 } },
    );
    using client = await server.connect();
    await client.send(sent);
    if (status !== null) assertEquals((await client.readResponse()).status, status);
    assertEquals(await client.readAllText(), "");
  }
});
