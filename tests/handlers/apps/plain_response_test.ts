// The Response that remembers what it was made of: whatever it says without being asked for body or
// headers must be what the platform's own would have said.

import { Buffer } from "node:buffer";
import { BackgroundWork } from "../../../lib/handlers/apps/app_info.ts";
import { fetchApp } from "../../../lib/handlers/apps/fetch_app.ts";
import { installPlainResponse, plainPartsOf } from "../../../lib/handlers/apps/plain_response.ts";
import { encodeText } from "../../../lib/handlers/apps/text_slab.ts";
import { assert, assertEquals, assertThrows } from "../../deps.ts";
import { connect } from "../../support/raw_client.ts";
import { startServer } from "../../support/server.ts";

const Native = globalThis.Response;
installPlainResponse();

const bodies: [name: string, make: () => BodyInit | null | undefined][] = [
  ["nothing", () => undefined],
  ["null", () => null],
  ["an empty text", () => ""],
  ["a text", () => "a\u00e9\u{1f600}\ud800"],
  ["octets", () => new Uint8Array([0, 255])],
  ["a buffer", () => new Uint8Array([1, 2]).buffer],
  ["a Blob", () => new Blob(["x"], { type: "text/x" })],
  ["parameters", () => new URLSearchParams({ a: "b" })],
];
const inits: (ResponseInit | undefined)[] = [
  undefined,
  {},
  { status: 404 },
  { status: 599, headers: { "x-a": "1" } },
  { statusText: "Fine" },
  Object.create({ status: 418, headers: { "x-a": "1" } }),
  { headers: {} },
  { headers: { "Content-Type": "text/html", "X-A": "1" } },
  { headers: { "x-a": " 1\t", "X-B": "2" } },
  { headers: { "x-a": "1", "X-A": "2" } },
  { headers: { "x-a": 1 as unknown as string } },
  { headers: { "x-a": "" } },
  { headers: [["set-cookie", "a"], ["set-cookie", "b"]] },
  { headers: new Headers({ "x-a": "1" }) },
  { headers: Object.create({ "x-a": "1" }) },
  { headers: new Map([["x-a", "1"]]) as unknown as HeadersInit },
];

function toOctets(content: string | Uint8Array | null): Uint8Array {
  return new Uint8Array(typeof content === "string" ? encodeText(content) : content ?? []);
}

const sorted = (lines: Iterable<readonly [string, string]>) =>
  [...lines].map((line) => line.join(": ")).sort();

for (const [name, make] of bodies) {
  Deno.test(`a Response made of ${name} is what the platform's own is, whatever its fields`, async () => {
    let known = 0;
    for (const init of inits) {
      const native = new Native(make(), init);
      const plain = new Response(make(), init);
      const parts = plainPartsOf(plain);
      if (parts !== null) {
        assertEquals(parts.status, native.status);
        assertEquals(toOctets(parts.content), await native.clone().bytes());
        if (parts.lines !== null) assertEquals(sorted(parts.lines), sorted(native.headers));
        if (parts.lines !== null) known++;
      }
      assertEquals(sorted(plain.headers), sorted(new Native(make(), init).headers));
      assertEquals([plain.status, plain.ok], [native.status, native.ok]);
      assertEquals(await plain.text(), await new Native(make(), init).text());
    }
    const isSimple = /^(?:nothing|null|an empty text|a text|octets)$/.test(name);
    assertEquals(known > 0, isSimple);
  });
}

const refused: [name: string, make: (made: typeof Response) => Response][] = [
  ["a status that none can have", (made) => new made("", { status: 99 })],
  ["content with 204", (made) => new made("a", { status: 204 })],
  ["a name that is no token", (made) => new made("", { headers: { "a b": "" } })],
  ["a value with a line end", (made) => new made("", { headers: { a: "b\nc" } })],
  ["a value above U+00FF", (made) => new made("", { headers: { a: "\u0100" } })],
  ["null for fields", (made) => made.json({}, { headers: null as unknown as HeadersInit })],
  ["null for a text's fields", (made) => new made("", { headers: null as unknown as HeadersInit })],
  ["JSON of what has none", (made) => made.json(() => {})],
  ["JSON with 204", (made) => made.json({}, { status: 204 })],
];

for (const [name, make] of refused) {
  Deno.test(`a Response refuses ${name}, as the platform's own does`, () => {
    assertThrows(() => make(Native), Error);
    assertThrows(() => make(Response), Error);
  });
}

const written: [data: unknown, init?: ResponseInit][] = [
  [{ a: [1, null] }],
  ["text", { status: 201 }],
  [null, { headers: { "X-A": "1" } }],
  [1, { headers: { "CONTENT-TYPE": "application/problem+json" } }],
  [1, { headers: new Headers({ "x-a": "1" }) }],
];

for (const [data, init] of written) {
  Deno.test(`Response.json is what the platform's own is: ${JSON.stringify([data, init])}`, async () => {
    const [native, plain] = [Native.json(data, init), Response.json(data, init)];
    assertEquals(sorted(plainPartsOf(plain)?.lines ?? plain.headers), sorted(native.headers));
    assertEquals([plain.status, await plain.text()], [native.status, await native.text()]);
  });
}

Deno.test("instanceof holds for the platform's responses, and the name is the same", () => {
  assert(new Native() instanceof Response);
  assert(new Response() instanceof Native);
  assert(!((new Request("http://a/") as unknown) instanceof Response));
  assertEquals(Response.name, "Response");
  assertEquals(new Response().constructor, Response);
});

Deno.test("a Response that is made late is in all that can be asked what the platform's own is", async () => {
  const pairs: (readonly [ours: () => Response, native: () => Response])[] = [
    [() => new Response("a\u00e9"), () => new Native("a\u00e9")],
    [() => Response.json({ a: 1 }), () => Native.json({ a: 1 })],
    ...[undefined, { status: 404, headers: { "x-a": "1", "set-cookie": "a=1" } }].flatMap((init) =>
      [null, "", "a\u00e9", new Uint8Array([1, 2])].map((body) =>
        [() => new Response(body, init), () => new Native(body, init)] as const
      )
    ),
    [() => new Response(null, { status: 204 }), () => new Native(null, { status: 204 })],
  ];
  for (const [ours, native] of pairs) {
    for (
      const name of ["status", "ok", "statusText", "type", "url", "redirected", "bodyUsed"] as const
    ) assertEquals(ours()[name], native()[name], name);
    assertEquals(await ours().text(), await native().text());
    assertEquals(await ours().bytes(), await native().bytes());
    assertEquals(await (await ours().blob()).text(), await native().text());
    assertEquals((await ours().blob()).type, (await native().blob()).type);
    assertEquals(await ours().clone().text(), await native().text());
    assertEquals(await Native.prototype.text.call(ours()), await native().text());
    assertEquals(Deno.inspect(ours()), Deno.inspect(native()));
    const response = ours();
    assert(response.body === response.body);
    assert(response.headers === response.headers);
    assertEquals(response.body === null, native().body === null);
    await response.body?.cancel();
    assertEquals(response.bodyUsed, response.body !== null);
  }
});

Deno.test("a class that extends Response has its own parts, and the platform's", async () => {
  class Greeting extends Response {
    readonly who = "you";
    greet(): string {
      return `Hello ${this.who}`;
    }
  }
  const greeting = new Greeting("a");
  assertEquals([greeting.greet(), await greeting.clone().text()], ["Hello you", "a"]);
  assert(greeting instanceof Greeting && greeting instanceof Response);
  assert(!(new Response("a") instanceof Greeting));
  assertEquals(plainPartsOf(greeting)?.content, "a");
});

Deno.test("fields that were touched after the Response was made count", () => {
  const response = new Response("a");
  assert(plainPartsOf(response)!.lines !== null);
  response.headers.set("x-a", "1");
  assertEquals(plainPartsOf(response)!.lines, null);
});

Deno.test("a Response that was read says no more what it was made of", async () => {
  for (const made of [() => new Response("a"), () => new Response("a", { statusText: "b" })]) {
    const response = made();
    assert(plainPartsOf(response) !== null);
    await response.text();
    assertEquals(plainPartsOf(response), null);
  }
});

const changing = { octets: new Uint8Array([1, 2]), "a Buffer": Buffer.from([1, 2]) };

for (const [name, octets] of Object.entries(changing)) {
  Deno.test(`changing ${name} after the Response was made changes no answer`, () => {
    const responses = [new Response(octets), new Response(octets, { statusText: "a" })];
    octets[0] = 9;
    for (const response of responses) {
      assertEquals(toOctets(plainPartsOf(response)!.content), new Uint8Array([1, 2]));
    }
  });
}

Deno.test("an answer that is there is sent with its length", async () => {
  const app = (request: Request) =>
    request.url.endsWith("/json") ? Response.json({ a: 1 }) : new Response("h\u00e9llo");
  await using server = startServer(fetchApp(app, new BackgroundWork(() => {})));
  using client = await connect(server.port);
  for (
    const [path, length, text] of [["/", "6", "h\u00e9llo"], ["/json", "7", '{"a":1}']] as const
  ) {
    await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const response = await client.readResponse();
    assertEquals([response.field("content-length"), response.text()], [length, text]);
  }
});

Deno.test("encodeText gives each text octets of its own, however many there are", () => {
  const texts = Array.from({ length: 3_000 }, (_, i) => `\u{1f600}${i}`.repeat(1 + i % 400));
  const encoded = texts.map(encodeText);
  const decoder = new TextDecoder();
  assertEquals(encoded.map((octets) => decoder.decode(octets)), texts);
});
