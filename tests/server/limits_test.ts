// Every limit on what a peer can send or hold, over a real socket: what is just within it passes, and
// one more gets what README.md's table says. Deadlines and the floor rate are in deadlines_test.ts,
// the descriptors that run out in serve_test.ts.

import { SIZE_DIGITS } from "../../lib/http1/content_decoder.ts";
import { LEADING_LIMIT, METHOD_LIMIT } from "../../lib/http1/request_head.ts";
import { AddressQuota } from "../../lib/server/address_quota.ts";
import type { HttpRequest, HttpResponse } from "../../lib/server/handler.ts";
import type { Limits } from "../../lib/server/limits.ts";
import { listenUnix } from "../../lib/net/unix.ts";
import type { Address } from "../../lib/net/transport.ts";
import { assertEquals } from "../deps.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { startServer, text } from "../support/server.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { listenFake } from "../support/fake_listener.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HOST = "Host: a\r\n";

/** All content of the request, and how much it was as the answer. */
async function measure(request: HttpRequest): Promise<HttpResponse> {
  let length = 0;
  for await (const piece of request.content ?? []) length += piece.length;
  return text(String(length));
}

function chunked(content: string): string {
  return `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${content}`;
}

/** A limit, and what `size` makes a request that has so much of it. */
interface Row {
  readonly name: string;
  readonly limits?: Partial<Limits>;
  readonly at: number;
  readonly beyond: number;
  readonly request: (size: number) => string;
}

const ROWS: readonly Row[] = [
  {
    name: "a method",
    at: METHOD_LIMIT,
    beyond: 501,
    request: (size) => `${"M".repeat(size)} / HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "the empty lines before a request",
    at: LEADING_LIMIT / 2,
    beyond: 400,
    request: (size) => "\r\n".repeat(size) + GET,
  },
  {
    name: "a request-target",
    limits: { requestTarget: 100 },
    at: 100,
    beyond: 414,
    request: (size) => `GET /${"t".repeat(size - 1)} HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "the number of field lines",
    limits: { fieldCount: 5 },
    at: 5,
    beyond: 431,
    request: (size) => `GET / HTTP/1.1\r\n${HOST}${"A: b\r\n".repeat(size - 1)}\r\n`,
  },
  {
    name: "all field lines together",
    limits: { fieldSection: 100 },
    at: 100,
    beyond: 431,
    // The empty line at the end counts.
    request: (size) => `GET / HTTP/1.1\r\n${HOST}A: ${"b".repeat(size - HOST.length - 7)}\r\n\r\n`,
  },
  {
    name: "content whose length is known",
    limits: { content: 100 },
    at: 100,
    beyond: 413,
    request: (size) =>
      `POST / HTTP/1.1\r\n${HOST}Content-Length: ${size}\r\n\r\n${"c".repeat(size)}`,
  },
  {
    name: "content whose length is not known",
    limits: { content: 100 },
    at: 100,
    beyond: 413,
    request: (size) =>
      chunked(
        `32\r\n${"c".repeat(50)}\r\n${(size - 50).toString(16)}\r\n${"c".repeat(size - 50)}` +
          "\r\n0\r\n\r\n",
      ),
  },
  {
    name: "the digits of a chunk's size",
    at: SIZE_DIGITS,
    beyond: 400,
    request: (size) => chunked(`${"1".padStart(size, "0")}\r\nc\r\n0\r\n\r\n`),
  },
  {
    name: "all chunk extensions of a message",
    limits: { chunkExtensions: 100 },
    at: 100,
    beyond: 400,
    // The CR behind an extension counts, the semicolon before it does not.
    request: (size) => chunked(`1;${"e".repeat(48)}\r\nc\r\n0;${"e".repeat(size - 50)}\r\n\r\n`),
  },
  {
    name: "a trailer section",
    limits: { trailerSection: 100 },
    at: 100,
    beyond: 431,
    request: (size) => chunked(`0\r\nT: ${"t".repeat(size - 7)}\r\n\r\n`),
  },
];

for (const { name, limits = {}, at, beyond, request } of ROWS) {
  Deno.test(`${name}: the most is taken, and the connection lives on; one more is ${beyond}`, async () => {
    await using server = startServer(measure, { limits });
    using within = await connect(server.port);
    await within.send(request(at));
    assertEquals((await within.readResponse()).status, 200);
    await within.send(GET);
    assertEquals((await within.readResponse()).status, 200);
    using outside = await connect(server.port);
    await outside.send(request(at + 1));
    const refusal = await outside.readResponse();
    assertEquals([refusal.status, refusal.field("connection")], [beyond, "close"]);
    assertEquals((await outside.readAll()).length, 0);
    assertEquals(server.handlerErrors, []);
  });
}

Deno.test("what is announced beyond the limit is refused before it is sent", async () => {
  await using server = startServer(measure, { limits: { content: 100 } });
  using client = await connect(server.port);
  await client.send(
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 101\r\nExpect: 100-continue\r\n\r\n`,
  );
  assertEquals((await client.readResponse()).status, 413);
});

Deno.test("without a limit content may be as long as it likes", async () => {
  await using server = startServer(measure, { limits: { content: Infinity } });
  using client = await connect(server.port);
  await client.send(chunked(`1\r\nc\r\n0\r\n\r\n`));
  assertEquals((await client.readResponse()).text(), "1");
  await client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${2 ** 50}\r\n\r\n`);
  client.closeWrite();
  assertEquals((await client.readResponse()).status, 400);
});

Deno.test("content that the handler leaves unread is thrown away up to the limit, and closes beyond it", async () => {
  await using server = startServer(() => text("no"), { limits: { drain: 100 } });
  for (const [length, connection] of [[100, null], [101, "close"]] as const) {
    using client = await connect(server.port);
    await client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\n\r\n`);
    const response = await client.readResponse();
    assertEquals([response.text(), response.field("connection")], ["no", connection]);
    if (connection === "close") {
      assertEquals((await client.readAll()).length, 0);
    } else {
      await client.send("c".repeat(length) + GET);
      assertEquals((await client.readResponse()).text(), "no");
    }
  }
});

Deno.test("chunks that the handler leaves unread are thrown away up to the limit, and then the connection ends", async () => {
  await using server = startServer(() => text("no"), { limits: { drain: 100 } });
  using client = await connect(server.port);
  await client.send(chunked(`64\r\n${"c".repeat(100)}\r\n0\r\n\r\n`) + GET);
  assertEquals((await client.readResponse()).text(), "no");
  assertEquals((await client.readResponse()).text(), "no");
  await client.send(chunked("ffff\r\n") + "c".repeat(65_000));
  assertEquals((await client.readResponse()).text(), "no");
  assertEquals((await client.readAll()).length, 0);
});

async function statusOf(client: RawClient): Promise<number> {
  await client.send(GET);
  return (await client.readResponse()).status;
}

Deno.test("as many connections as are allowed are served from one address, and one more gets 503", async () => {
  await using server = startServer(measure, { limits: { connectionsPerAddress: 2 } });
  using first = await connect(server.port);
  using second = await connect(server.port);
  assertEquals([await statusOf(first), await statusOf(second)], [200, 200]);
  using third = await connect(server.port);
  const refusal = await third.readResponse();
  assertEquals(
    [refusal.status, refusal.field("retry-after"), refusal.field("connection")],
    [503, "10", "close"],
  );
  assertEquals((await third.readAll()).length, 0);
  assertEquals(server.crowds, ["127.0.0.1"]);
  // Those who were there before notice nothing.
  assertEquals([await statusOf(first), await statusOf(second)], [200, 200]);
  third.close();
  first.close();
  await server.connections(1);
  using fourth = await connect(server.port);
  assertEquals(await statusOf(fourth), 200);
});

Deno.test("a refusal waits for no request, and reads none", async () => {
  await using server = startServer(measure, { limits: { connectionsPerAddress: 1 } });
  using first = await connect(server.port);
  assertEquals(await statusOf(first), 200);
  using second = await connect(server.port);
  await second.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
  assertEquals((await second.readResponse()).status, 503);
  assertEquals((await second.readAll()).length, 0);
  assertEquals(server.exchanges.map(({ status, request }) => [status, request === null]), [
    [200, false],
    [503, true],
  ]);
});

Deno.test("as many are refused politely as are served, and those beyond are closed without a word", async () => {
  await using server = startServer(measure, {
    limits: { connectionsPerAddress: 2 },
    deadlines: { linger: 60 },
  });
  const clients: RawClient[] = [];
  const received: string[] = [];
  for (let i = 0; i < 6; i++) {
    const client = await connect(server.port);
    clients.push(client);
    if (i < 2) received.push(String(await statusOf(client)));
    else received.push((await client.readAllText()).slice(9, 12));
  }
  assertEquals(received, ["200", "200", "503", "503", "", ""]);
  assertEquals(server.server.connections, 4);
  for (const client of clients) client.close();
  await server.connections(0);
});

Deno.test("other addresses are not refused, and a /64 of IPv6 is one", async () => {
  const hostnames = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"];
  const transports = hostnames.map((hostname) =>
    Object.assign(new FakeTransport(), {
      remoteAddress: { transport: "tcp", hostname, port: 1 } as Address,
    })
  );
  await using server = startServer(measure, {
    listener: listenFake(...transports),
    limits: { connectionsPerAddress: 1 },
  });
  await server.connections(5);
  await server.crowd(1);
  assertEquals(server.crowds, ["2001:db8::2"]);
});

Deno.test({
  name: "peers on a Unix socket have no address and are not counted",
  ignore: Deno.build.os === "windows",
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const path = `${directory}/web.sock`;
      await using _ = startServer(measure, {
        listener: await listenUnix(path),
        limits: { connectionsPerAddress: 1 },
      });
      using first = await connect({ path });
      using second = await connect({ path });
      assertEquals([await statusOf(first), await statusOf(second)], [200, 200]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("an address is remembered as long as it has a connection", () => {
  const quota = new AddressQuota<object>();
  const at = (hostname: string): Address => ({ transport: "tcp", hostname, port: 1 });
  const [one, two, other] = [{}, {}, {}];
  quota.enter(one, at("192.0.2.1"));
  quota.enter(two, at("::ffff:192.0.2.1"));
  quota.enter(other, at("192.0.2.2"));
  quota.enter({}, { transport: "unix", path: "" });
  assertEquals([quota.countOf(at("192.0.2.1")), quota.countOf(at("192.0.2.2")), quota.size], [
    2,
    1,
    2,
  ]);
  quota.leave(one);
  quota.leave(one);
  assertEquals(quota.countOf(at("192.0.2.1")), 1);
  quota.leave(two);
  quota.leave(other);
  assertEquals([quota.countOf(at("192.0.2.1")), quota.size], [0, 0]);
});
