// Who the client is: lib/server/trusted_proxies.ts by itself, and as a handler and an observer see it.

import { Fields } from "../../lib/http1/fields.ts";
import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import { type Address, formatAddress } from "../../lib/net/transport.ts";
import type { Handler, HttpRequest } from "../../lib/server/handler.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { ReadyAnswer } from "../../lib/server/ready_answer.ts";
import { serve } from "../../lib/server/serve.ts";
import { TrustedProxies } from "../../lib/server/trusted_proxies.ts";
import { assertEquals, assertThrows } from "../deps.ts";
import { connect, toBytes } from "../support/raw_client.ts";
import { startServer, text } from "../support/server.ts";

const PEER = "10.0.0.1";
const RANGES = ["10.0.0.0/8", "fd00::/8"];

function fieldsOf(lines: readonly string[]): Fields {
  const octets = toBytes(["GET / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n"));
  const head = new RequestHeadScanner(DEFAULT_LIMITS).parse(octets, 0, octets.length);
  if (head === null) throw new Error(`No whole head: ${lines}`);
  head.fields.keep();
  return head.fields;
}

function tcp(hostname: string): Address {
  return { transport: "tcp", hostname, port: 4711 };
}

/** `address secure host`, `-` for what is not told; null where nothing is. */
function clientOf(
  lines: readonly string[],
  { ranges = RANGES, peer = tcp(PEER) }: { ranges?: readonly string[]; peer?: Address } = {},
): string | null {
  const client = new TrustedProxies(ranges).resolve(peer, fieldsOf(lines));
  if (client === null) return null;
  const { remoteAddress, secure, host } = client;
  return `${remoteAddress === null ? "-" : formatAddress(remoteAddress)} ${secure ?? "-"} ${
    host ?? "-"
  }`;
}

const CLIENTS: [name: string, lines: string[], client: string | null][] = [
  ["no field", [], null],
  ["X-Forwarded-For", ["X-Forwarded-For: 192.0.2.7"], "192.0.2.7:0 - -"],
  ["Forwarded", ["Forwarded: for=192.0.2.7"], "192.0.2.7:0 - -"],
  [
    "all that X-Forwarded-* say",
    [
      "X-Forwarded-For: 192.0.2.7:4711",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: example.com:8443",
    ],
    "192.0.2.7:4711 true example.com:8443",
  ],
  [
    "all that Forwarded says",
    ['Forwarded: for="[2001:DB8:0::9]:4711";proto=https;host=example.com'],
    "[2001:db8::9]:4711 true example.com",
  ],
  [
    "a client whom it saw over http",
    ["Forwarded: for=192.0.2.7;proto=http"],
    "192.0.2.7:0 false -",
  ],
  ["a scheme that is neither", ["Forwarded: for=192.0.2.7;proto=gopher"], "192.0.2.7:0 - -"],
  ["a scheme alone", ["X-Forwarded-Proto: https"], "- true -"],
  // The classic mistake is to take the leftmost.
  ["a client that says more", ["X-Forwarded-For: 203.0.113.66, 192.0.2.7"], "192.0.2.7:0 - -"],
  [
    "a client that says more, on lines of its own",
    ["X-Forwarded-For: 203.0.113.66", "X-Forwarded-For: 192.0.2.7"],
    "192.0.2.7:0 - -",
  ],
  [
    "a client that claims to be a proxy",
    ["X-Forwarded-For: 203.0.113.66, 10.0.0.9, 192.0.2.7"],
    "192.0.2.7:0 - -",
  ],
  [
    "a client that says nonsense",
    ['X-Forwarded-For: \x80"<script>, ,, 192.0.2.7'],
    "192.0.2.7:0 - -",
  ],
  [
    "a client that leaves a quotation open",
    ['Forwarded: for="', "Forwarded: for=192.0.2.7"],
    "192.0.2.7:0 - -",
  ],
  ["one whose open quotation swallows the proxy's word", ['Forwarded: for=", for=192.0.2.7'], null],
  ["two proxies", ["X-Forwarded-For: 192.0.2.7, 10.0.0.2"], "192.0.2.7:0 - -"],
  [
    "three proxies",
    ["Forwarded: for=203.0.113.66, for=192.0.2.7, for=10.0.0.3, for=10.0.0.2"],
    "192.0.2.7:0 - -",
  ],
  ["IPv6 proxies", ['Forwarded: for=192.0.2.7, for="[fd00::2]"'], "192.0.2.7:0 - -"],
  ["a proxy in IPv6's clothes", ["X-Forwarded-For: 192.0.2.7, ::ffff:10.0.0.2"], "192.0.2.7:0 - -"],
  [
    "a client in IPv6's clothes",
    ["X-Forwarded-For: 203.0.113.66, ::ffff:192.0.2.7"],
    "192.0.2.7:0 - -",
  ],
  [
    "a chain of trusted ones alone",
    ["X-Forwarded-For: 10.0.0.4, 10.0.0.3, 10.0.0.2"],
    "10.0.0.4:0 - -",
  ],
  [
    "what the outermost proxy saw",
    ["Forwarded: for=192.0.2.7;proto=https;host=outer, for=10.0.0.2;proto=http;host=inner"],
    "192.0.2.7:0 true outer",
  ],
  [
    "what is beside the client, not what the client says",
    [
      "X-Forwarded-For: 203.0.113.66, 192.0.2.7",
      "X-Forwarded-Proto: https, http",
      "X-Forwarded-Host: evil, good",
    ],
    "192.0.2.7:0 false good",
  ],
  // As far as it is known.
  ["unknown", ["Forwarded: for=unknown;proto=https"], "- true -"],
  ["an obfuscated client", ["Forwarded: for=_hidden"], "- - -"],
  ["a proxy that does not know", ["X-Forwarded-For: unknown, 10.0.0.2"], "10.0.0.2:0 - -"],
  ["a proxy that hides its client", [
    "Forwarded: for=203.0.113.66, for=_x;proto=https, for=10.0.0.2",
  ], "10.0.0.2:0 true -"],
  [
    "a proxy that talks nonsense",
    ["Forwarded: for=203.0.113.66, for=?, for=10.0.0.2;proto=http"],
    "10.0.0.2:0 false -",
  ],
  ["an address that is none", ["X-Forwarded-For: 300.0.2.7"], "- - -"],
  ["an address with zeros before it", ["X-Forwarded-For: 192.0.2.007"], "- - -"],
  ["an address with a zone", ["X-Forwarded-For: fe80::1%eth0"], "- - -"],
  ["malformed Forwarded", ["Forwarded: 192.0.2.7"], null],
  ["empty Forwarded", ["Forwarded:"], null],
  // Both.
  [
    "both, which agree",
    ["Forwarded: for=192.0.2.7;proto=https", "X-Forwarded-For: 192.0.2.7"],
    "192.0.2.7:0 true -",
  ],
  [
    "both, which agree about everything",
    [
      'Forwarded: for="192.0.2.7:4711";proto=https;host=a',
      "X-Forwarded-For: 192.0.2.7",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: A",
    ],
    "192.0.2.7:4711 true a",
  ],
  [
    "an empty Forwarded beside X-Forwarded-For",
    ["Forwarded:", "X-Forwarded-For: 192.0.2.7"],
    "192.0.2.7:0 - -",
  ],
  [
    "both, of different clients",
    ["Forwarded: for=203.0.113.66", "X-Forwarded-For: 192.0.2.7"],
    null,
  ],
  ["both, of different schemes", [
    "Forwarded: for=192.0.2.7;proto=https",
    "X-Forwarded-For: 192.0.2.7",
    "X-Forwarded-Proto: http",
  ], null],
  ["both, of different hosts", [
    "Forwarded: for=192.0.2.7;host=evil",
    "X-Forwarded-For: 192.0.2.7",
    "X-Forwarded-Host: good",
  ], null],
  [
    "malformed Forwarded beside X-Forwarded-For",
    ["Forwarded: ?", "X-Forwarded-For: 192.0.2.7"],
    null,
  ],
  ["Forwarded beside another's scheme", [
    "Forwarded: for=203.0.113.66;proto=https",
    "X-Forwarded-Proto: https",
  ], null],
  [
    "fields of other habits",
    ["X-Real-IP: 203.0.113.66", "Client-IP: 203.0.113.66", "Via: 1.1 a"],
    null,
  ],
];

for (const [name, lines, client] of CLIENTS) {
  Deno.test(`a trusted peer's word: ${name}`, () => {
    assertEquals(clientOf(lines), client);
  });
  Deno.test(`the word of a peer that is not trusted is not heard: ${name}`, () => {
    assertEquals(clientOf(lines, { peer: tcp("192.0.2.99") }), null);
    assertEquals(clientOf(lines, { peer: tcp("::1") }), null);
    assertEquals(clientOf(lines, { peer: { transport: "unix", path: "" } }), null);
  });
}

Deno.test("a peer on a Unix socket is trusted by name, and so is one of whom nginx speaks", () => {
  const ranges = ["unix"];
  const peer: Address = { transport: "unix", path: "/run/web.sock" };
  assertEquals(clientOf(["X-Forwarded-For: 192.0.2.7"], { ranges, peer }), "192.0.2.7:0 - -");
  assertEquals(
    clientOf(["X-Forwarded-For: 192.0.2.7, unix:"], { ranges, peer }),
    "192.0.2.7:0 - -",
  );
  assertEquals(clientOf(["X-Forwarded-For: 192.0.2.7, unix:"]), "unix: - -");
});

Deno.test("a list of a hundred untrusted addresses costs one look, one of trusted addresses ends somewhere", () => {
  const spoofed = Array.from({ length: 100 }, (_, i) => `203.0.113.${i}`);
  assertEquals(
    clientOf([`X-Forwarded-For: ${[...spoofed, "192.0.2.7"].join(", ")}`]),
    "192.0.2.7:0 - -",
  );
  assertEquals(
    clientOf([`Forwarded: ${[...spoofed, "192.0.2.7"].map((each) => `for=${each}`).join(",")}`]),
    "192.0.2.7:0 - -",
  );
  const own = Array.from({ length: 100 }, (_, i) => `10.0.1.${i}`);
  assertEquals(clientOf([`X-Forwarded-For: 192.0.2.7, ${own.join(", ")}`]), "10.0.1.36:0 - -");
});

Deno.test("TrustedProxies and serve refuse a range that is none", () => {
  assertThrows(() => new TrustedProxies(["proxy.local"]), TypeError, "proxy.local");
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  assertThrows(
    () => serve(() => text(""), { listener, trustedProxies: ["10.0.0.1/8"] }),
    TypeError,
  );
  listener.close();
});

/** What a handler can learn about its client. */
function tell({ remoteAddress, secure, authority }: HttpRequest): string {
  return `${
    formatAddress(remoteAddress).replace(/(127\.0\.0\.1):\d+$/, "$1")
  } ${secure} ${authority}`;
}

const TELLING: Handler = (request) => text(tell(request));

async function ask(port: number, ...lines: string[]): Promise<string> {
  using client = await connect(port);
  await client.send([...lines, "", ""].join("\r\n"));
  return (await client.readResponse()).text();
}

const FROM_PROXY = [
  "X-Forwarded-For: 192.0.2.7:4711",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: example.com",
];

Deno.test("a handler learns from a trusted peer who the client is, and the observer too", async () => {
  await using server = startServer(TELLING, { trustedProxies: ["loopback"] });
  assertEquals(
    await ask(server.port, "GET / HTTP/1.1", "Host: inner:8000", ...FROM_PROXY),
    "192.0.2.7:4711 true example.com",
  );
  assertEquals(
    await ask(server.port, "GET / HTTP/1.1", "Host: inner:8000"),
    "127.0.0.1 false inner:8000",
  );
  assertEquals(
    server.exchanges.map(({ remoteAddress }) => (remoteAddress as { hostname: string }).hostname),
    ["192.0.2.7", "127.0.0.1"],
  );
});

Deno.test("without trustedProxies, and from other peers, the same fields mean nothing", async () => {
  for (const trustedProxies of [[], ["unix", "private", "::/0", "127.0.0.2"]]) {
    await using server = startServer(TELLING, { trustedProxies });
    for (const fields of [FROM_PROXY, ["Forwarded: for=192.0.2.7;proto=https;host=example.com"]]) {
      assertEquals(
        await ask(server.port, "GET / HTTP/1.1", "Host: inner", ...fields),
        "127.0.0.1 false inner",
      );
    }
    assertEquals(
      server.exchanges.map(({ remoteAddress }) => (remoteAddress as { hostname: string }).hostname),
      ["127.0.0.1", "127.0.0.1"],
    );
  }
});

Deno.test("request.authority is the request-target's before Host's, and null where there is none (RFC 9112 3.2.2)", async () => {
  const seen: (string | null)[] = [];
  await using server = startServer(({ authority }) => {
    seen.push(authority);
    return { ...text(""), status: 404 };
  });
  const asked: [string[], string | null][] = [
    [["GET / HTTP/1.1", "Host: a:80"], "a:80"],
    [["GET http://b:81/ HTTP/1.1", "Host: a"], "b:81"],
    [["CONNECT c:443 HTTP/1.1", "Host: a"], "c:443"],
    [["OPTIONS * HTTP/1.1", "Host: d"], "d"],
    [["GET / HTTP/1.1", "Host:"], null],
    [["GET / HTTP/1.0"], null],
  ];
  for (const [lines] of asked) await ask(server.port, ...lines);
  assertEquals(seen, asked.map(([, authority]) => authority));
});

Deno.test("a trusted gateway may ask for https in the clear, and nobody else (RFC 9110 7.4)", async () => {
  const request = ["GET https://example.com/ HTTP/1.1", "Host: example.com"];
  await using trusting = startServer(TELLING, { trustedProxies: ["loopback"] });
  assertEquals(await ask(trusting.port, ...request), "127.0.0.1 false example.com");
  await using other = startServer(TELLING, { trustedProxies: ["192.0.2.1"] });
  using client = await connect(other.port);
  await client.send([...request, "", ""].join("\r\n"));
  assertEquals((await client.readResponse()).status, 421);
});

Deno.test("who the client is can be asked for as long as the fields last, and what was learnt stays", async () => {
  const kept: HttpRequest[] = [];
  // Without an observer, which asks for the address of each request.
  const server = serve((request) => {
    kept.push(request);
    const isEarly = request.target.raw === "/early";
    const answer = text(isEarly ? tell(request) : "");
    return request.target.raw === "/promised" ? Promise.resolve(answer) : answer;
  }, { listener: listenTcp({ hostname: "127.0.0.1", port: 0 }), trustedProxies: ["loopback"] });
  const { port } = server.address as Deno.NetAddr;
  for (const path of ["/early", "/late", "/promised"]) {
    await ask(port, `GET ${path} HTTP/1.1`, "Host: inner", ...FROM_PROXY);
  }
  await server.shutdown({ grace: 0 });
  const [early, late, promised] = kept as [HttpRequest, HttpRequest, HttpRequest];
  assertEquals(formatAddress(early.remoteAddress), "192.0.2.7:4711");
  assertThrows(() => late.remoteAddress, TypeError, "is over");
  assertThrows(() => late.authority, TypeError, "is over");
  assertEquals(tell(promised), "192.0.2.7:4711 true example.com");
});

Deno.test("each request of a connection has its own client, in ready answers too", async () => {
  const ready = new ReadyAnswer({ ...text(""), content: toBytes("x") });
  await using server = startServer(() => ready, { trustedProxies: ["loopback"] });
  using client = await connect(server.port);
  const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
  await client.send(
    addresses.map((each) => `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${each}\r\n\r\n`).join(
      "",
    ),
  );
  for (const _ of addresses) assertEquals((await client.readResponse()).text(), "x");
  assertEquals(
    server.exchanges.map(({ remoteAddress }) => (remoteAddress as { hostname: string }).hostname),
    addresses,
  );
});

Deno.test("a refusal inside a request is the client's, one before it is the peer's", async () => {
  await using server = startServer(async (request) => {
    for await (const _ of request.content!);
    return text("");
  }, { trustedProxies: ["loopback"] });
  await ask(
    server.port,
    "POST / HTTP/1.1",
    "Host: a",
    "X-Forwarded-For: 192.0.2.7",
    "Transfer-Encoding: chunked",
    "",
    "no chunk",
  );
  await ask(server.port, "GET / HTTP/1.1", "Host: a", "X-Forwarded-For: 192.0.2.7", "Bad field: x");
  const told = server.exchanges.map(({ remoteAddress, status }) => [
    (remoteAddress as { hostname: string }).hostname,
    status,
  ]);
  assertEquals(told, [["192.0.2.7", 400], ["127.0.0.1", 400]]);
});
