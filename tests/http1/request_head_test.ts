// What the corpus cannot show of the scanner: limits at exactly their borders, its reuse for one message
// after the other, and a buffer that moves between two calls.

import { ProtocolError } from "../../lib/http1/protocol_error.ts";
import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";
import { toBytes } from "../support/raw_client.ts";

type HeadLimits = ConstructorParameters<typeof RequestHeadScanner>[0];

function parse(text: string, limits: Partial<HeadLimits> = {}) {
  const bytes = toBytes(text);
  return new RequestHeadScanner({ ...DEFAULT_LIMITS, ...limits }).parse(bytes, 0, bytes.length);
}

function statusOf(text: string, limits: Partial<HeadLimits> = {}): number {
  return assertThrows(() => parse(text, limits), ProtocolError).status;
}

const get = (target: string, ...lines: string[]) =>
  `GET ${target} HTTP/1.1\r\n${["Host: a", ...lines].map((line) => `${line}\r\n`).join("")}\r\n`;

Deno.test("parse takes a target of the limit and refuses one octet more with 414 (RFC 9110 15.5.15)", () => {
  for (const limit of [1, 2, 10]) {
    const target = `/${"x".repeat(limit - 1)}`;
    assertEquals(parse(get(target), { requestTarget: limit })!.target.raw, target);
    assertEquals(statusOf(get(`${target}x`), { requestTarget: limit }), 414);
  }
});

Deno.test("parse refuses a target as soon as it is over the limit, not before (RFC 9110 15.5.15)", () => {
  assertEquals(parse("GET /1234", { requestTarget: 5 }), null);
  assertEquals(parse("GET /1234 ", { requestTarget: 5 }), null);
  assertEquals(statusOf("GET /12345 ", { requestTarget: 5 }), 414);
});

Deno.test("parse takes a field section of the limit, its empty line included (RFC 6585 5)", () => {
  const section = "Host: a\r\nB: c\r\n\r\n";
  const head = `GET / HTTP/1.1\r\n${section}`;
  assertEquals(parse(head, { fieldSection: section.length })!.fields.size, 2);
  for (let limit = 1; limit < section.length; limit++) {
    assertEquals(statusOf(head, { fieldSection: limit }), 431);
  }
});

Deno.test("parse counts neither the request-line nor content as fields (RFC 6585 5)", () => {
  const head = get(`/${"x".repeat(500)}`);
  assertEquals(parse(head + "y".repeat(500), { fieldSection: 11 })!.length, head.length);
});

Deno.test("parse takes as many field lines as the limit and refuses one more (RFC 6585 5)", () => {
  assertEquals(parse(get("/", "A: 1", "B: 2"), { fieldCount: 3 })!.fields.size, 3);
  assertEquals(statusOf(get("/", "A: 1", "B: 2"), { fieldCount: 2 }), 431);
  assertEquals(statusOf("GET / HTTP/1.1\r\nHost: a\r\nA", { fieldCount: 1 }), 431);
});

Deno.test("parse says the host of each head, whatever the last one was (RFC 9112 3.2)", () => {
  const hosts = ["a", "b", "a.example:80", "A.example:80", "a.example:8", "", "[::1]:80"];
  const heads = (host: string) => `GET / HTTP/1.1\r\nAccept: a\r\nHost: ${host}\r\n\r\n`;
  for (const before of hosts) {
    for (const host of hosts) {
      assertEquals(parse(heads(before))!.host, before);
      assertEquals(parse(heads(host))!.host, host);
    }
    // As long as the last one, and none.
    for (const bad of [before.replace(/.$/, "@"), before.replace(/^./, "\xe4")]) {
      assertEquals(parse(heads(before))!.host, before);
      if (bad !== "") assertEquals(statusOf(heads(bad)), 400);
    }
  }
  assertEquals(parse("GET / HTTP/1.0\r\n\r\n")!.host, null);
});

Deno.test("parse finds a fault at the octet that makes it, not at the end of the line", () => {
  for (
    const text of [
      "GET /\x80",
      "G\x80",
      " ",
      "GET / HTTP/1.1 ",
      "GET / HTP",
      "GET / HTTP/1.1\r\r",
      "GET / HTTP/1.1\r\nA ",
      "GET / HTTP/1.1\r\nA: \0",
      "GET / HTTP/1.1\r\nA: b\n",
    ]
  ) {
    assertEquals(statusOf(text), 400);
    assertEquals(parse(text.slice(0, -1)), null);
  }
});

Deno.test("parse says how long the head is, empty lines before it included (RFC 9112 2.2)", () => {
  const head = get("/a");
  assertEquals(parse(`${head}rest`)!.length, head.length);
  assertEquals(parse(`\r\n${head}rest`)!.length, head.length + 2);
});

Deno.test("parse scans pipelined heads one after the other, each at its own offset", () => {
  const heads = [get("/1", "A: 1"), `\r\n${get("/2")}`, get("/3", "A: 3", "B: 4")];
  const bytes = toBytes(`garbage${heads.join("")}GET /4`);
  const scanner = new RequestHeadScanner(DEFAULT_LIMITS);
  let start = 7;
  const kept = heads.map((text) => {
    const head = scanner.parse(bytes, start, bytes.length)!;
    assertEquals(head.length, text.length);
    start += head.length;
    head.fields.keep();
    return head;
  });
  assert(!scanner.isInside);
  assertEquals(scanner.parse(bytes, start, bytes.length), null);
  assert(scanner.isInside);
  // Heads that are kept are not touched by those that come after.
  assertEquals(kept.map((head) => [head.target.raw, ...head.fields]), [
    ["/1", ["Host", "a"], ["A", "1"]],
    ["/2", ["Host", "a"]],
    ["/3", ["Host", "a"], ["A", "3"], ["B", "4"]],
  ]);
});

Deno.test("a scanner that waits for octets has its fields back when others have scanned meanwhile", () => {
  const waiting = new RequestHeadScanner(DEFAULT_LIMITS);
  const bytes = toBytes(get("/1", "A: 1", "B: 2"));
  for (const cut of bytes.keys()) {
    assertEquals(waiting.parse(bytes, 0, cut), null);
    assert(parse(get("/2", "Cc: 33", "Dd: 44", "Ee: 55")) !== null);
    const head = waiting.parse(bytes, 0, bytes.length)!;
    assertEquals([...head.fields], [["Host", "a"], ["A", "1"], ["B", "2"]], `cut at ${cut}`);
  }
});

Deno.test("parse takes more field lines than there was room for at first", () => {
  const lines = Array.from({ length: 1_000 }, (_, i) => `N${i}: ${i}`);
  const { fields } = parse(get("/", ...lines), { fieldCount: 2_000 })!;
  assertEquals(fields.size, 1_001);
  assertEquals([fields.get("n0"), fields.get("n500"), fields.get("n999")], ["0", "500", "999"]);
});

Deno.test("parse does not mind when the buffer moves between two calls", () => {
  const head = toBytes(`\r\n${get("/path?query", "Content-Length: 5", "A:  b  ")}`);
  for (let cut = 0; cut < head.length; cut++) {
    const scanner = new RequestHeadScanner(DEFAULT_LIMITS);
    const before = new Uint8Array(cut + 5).fill(0xff);
    before.set(head.subarray(0, cut), 5);
    assertEquals(scanner.parse(before, 5, before.length), null);
    const after = new Uint8Array(head.length + 20).fill(0xff);
    after.set(head, 13);
    const { target, fields, framing, length } = scanner.parse(after, 13, 13 + head.length)!;
    assertEquals([target.raw, fields.get("a"), length], ["/path?query", "b", head.length]);
    assertEquals(framing, { kind: "length", length: 5 });
  }
});

Deno.test("parse looks at no octet behind the end that it was given", () => {
  const bytes = toBytes(get("/"));
  const scanner = new RequestHeadScanner(DEFAULT_LIMITS);
  for (let end = 0; end < bytes.length; end++) assertEquals(scanner.parse(bytes, 0, end), null);
  assertEquals(scanner.parse(bytes, 0, bytes.length)!.length, bytes.length);
});

Deno.test("isInside tells whether a head has begun; empty lines do not begin one (RFC 9112 2.2)", () => {
  const bytes = toBytes("\r\nG");
  const scanner = new RequestHeadScanner(DEFAULT_LIMITS);
  const inside = [0, 1, 2, 3].map((end) => {
    assertEquals(scanner.parse(bytes, 0, end), null);
    return scanner.isInside;
  });
  assertEquals(inside, [false, false, false, true]);
});

Deno.test("a head tells all that the driver asks (RFC 9112 6.3, 9.3, RFC 9110 10.1.1)", () => {
  const plain = parse(get("/"))!;
  assertEquals([plain.method, plain.version, plain.persistent, plain.expectsContinue], [
    "GET",
    "1.1",
    true,
    false,
  ]);
  assertEquals(plain.framing, { kind: "none" });
  const other = parse(
    "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n" +
      "Transfer-Encoding: chunked\r\n\r\n",
  )!;
  assertEquals([other.persistent, other.expectsContinue], [false, true]);
  assertEquals(other.framing, { kind: "chunked" });
});

Deno.test("every octet that is no token character is refused in a method (RFC 9112 3.1)", () => {
  for (let octet = 0; octet < 256; octet++) {
    const character = String.fromCharCode(octet);
    const isToken = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(character);
    if (isToken) assertEquals(parse(`G${character}T`), null);
    else if (octet !== 0x20) assertEquals(statusOf(`G${character}T`), 400);
  }
});

Deno.test("every octet that is no token character is refused in a field name (RFC 9112 5)", () => {
  for (let octet = 0; octet < 256; octet++) {
    const character = String.fromCharCode(octet);
    const isToken = /[!#$%&'*+\-.^_`|~0-9A-Za-z:]/.test(character);
    const head = `GET / HTTP/1.1\r\nA${character}B`;
    if (isToken) assertEquals(parse(head), null);
    else assertEquals(statusOf(head), 400);
  }
});

Deno.test("every control character but the tab is refused in a field value (RFC 9110 5.5)", () => {
  for (let octet = 0; octet < 256; octet++) {
    const head = `GET / HTTP/1.1\r\nA: b${String.fromCharCode(octet)}c`;
    const isControl = (octet < 0x20 && octet !== 9) || octet === 0x7f;
    if (isControl) assertEquals(statusOf(head), 400);
    else assertEquals(parse(head), null);
  }
});
