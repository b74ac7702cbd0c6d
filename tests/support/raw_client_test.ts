// The raw client against a peer that sends what the test says, and nothing else. A client that
// reads too kindly would let the server's mistakes pass, so most cases here are answers it must
// refuse. No server of ours takes part.

import { assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import { connect, type RawClient, toBytes, toText } from "./raw_client.ts";
import { SeededRandom } from "./seeded_random.ts";

Deno.test("readResponse reads content by Content-Length and keeps what follows", async () => {
  const two = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: 1\r\nx-a:  2\t\r\n\r\nabc" +
    "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n";
  await answering(two, async (client) => {
    const first = await client.readResponse();
    assertEquals(
      [first.version, first.status, first.reason, first.framing, first.text()],
      ["1.1", 200, "OK", "length", "abc"],
    );
    assertEquals(first.fields, [["Content-Length", "3"], ["X-A", "1"], ["x-a", "2"]]);
    assertEquals([first.field("X-a"), first.field("Date")], ["1, 2", null]);
    const second = await client.readResponse();
    assertEquals([second.status, second.reason, second.text()], [404, "", ""]);
    assertEquals(await client.readAll(), new Uint8Array());
  });
});

Deno.test("readResponse reads chunks and trailers", async () => {
  const message = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "3\r\nabc\r\nA\r\n0123456789\r\n0\r\nDigest: x\r\n\r\nrest";
  await answering(message, async (client) => {
    const response = await client.readResponse();
    assertEquals([response.framing, response.text()], ["chunked", "abc0123456789"]);
    assertEquals(response.chunkSizes, [3, 10]);
    assertEquals(response.trailers, [["Digest", "x"]]);
    assertEquals(await client.readAllText(), "rest");
  });
});

Deno.test("readResponse reads to the end of the connection without framing fields", async () => {
  await answering("HTTP/1.0 200 OK\r\n\r\nall of it", async (client) => {
    const response = await client.readResponse();
    assertEquals([response.version, response.framing, response.text()], [
      "1.0",
      "eof",
      "all of it",
    ]);
  });
});

Deno.test("readResponse expects no content after HEAD, 1xx, 204 and 304", async () => {
  const message = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" +
    "HTTP/1.1 100 Continue\r\n\r\n" +
    "HTTP/1.1 204 No Content\r\n\r\n" +
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n";
  await answering(message, async (client) => {
    const statuses = [
      await client.readResponse({ head: true }),
      await client.readResponse(),
      await client.readResponse(),
      await client.readResponse(),
    ].map(({ status, framing }) => `${status} ${framing}`);
    assertEquals(statuses, ["200 none", "100 none", "204 none", "304 none"]);
    assertEquals(await client.readAllText(), "");
  });
});

const refused: [name: string, message: string, says: string][] = [
  ["no status line", "HTTP/1.1 20 OK\r\n\r\n", "Not a status line"],
  ["another version", "HTTP/2.0 200 OK\r\n\r\n", "Not a status line"],
  ["no space after the status", "HTTP/1.1 200\r\n\r\n", "Not a status line"],
  ["a bare LF", "HTTP/1.1 200 OK\n\r\n", "Bare CR or LF"],
  ["a bare CR", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "Bare CR or LF"],
  ["space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "Not a field line"],
  ["a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "Not a field line"],
  ["a field line without colon", "HTTP/1.1 200 OK\r\nAb\r\n\r\n", "Not a field line"],
  ["NUL in a value", "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", "Not a field line"],
  [
    "both framings",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Two fields frame the content",
  ],
  [
    "two lengths",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "Two fields frame the content",
  ],
  ["a signed length", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", "Bad Content-Length"],
  ["another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "Bad Transfer-Encoding"],
  ["a length in 204", "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", "must not frame content"],
  ["too little content", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", "ended inside 4 bytes"],
  ["half a head", "HTTP/1.1 200 OK\r\nContent-Len", "ended inside a field line"],
  ["nothing at all", "", "ended inside a status line"],
  [
    "a bad chunk size",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "Not a chunk size",
  ],
  [
    "a chunk that is longer than its size",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
    "A chunk of 2 ends with",
  ],
  [
    "no last chunk",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "ended inside a chunk size",
  ],
];

Deno.test("readResponse refuses", async (t) => {
  for (const [name, message, says] of refused) {
    await t.step(name, () =>
      answering(message, async (client) => {
        await assertRejects(() => client.readResponse(), Error, says);
      }));
  }
});

Deno.test("errors show what was received and not taken", async () => {
  await answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", async (client) => {
    const { message } = await assertRejects(() => client.readResponse());
    assertStringIncludes(message, '3 bytes, "abc"');
  });
});

Deno.test("a read gives up on a peer that says nothing", async () => {
  await using peer = listen(async (conn) => void await conn.read(new Uint8Array(1)));
  using client = await connect(peer.port, { patienceMs: 1 });
  await assertRejects(() => client.readResponse(), Error, "nothing came in time");
});

Deno.test("sendInPieces sends every byte whatever the cuts", async () => {
  const random = new SeededRandom();
  const message = random.bytes(2000);
  for (const count of [0, 1, 7, 300]) {
    const received: number[] = [];
    {
      await using peer = listen(async (conn) => {
        const buffer = new Uint8Array(4096);
        for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
          received.push(...buffer.subarray(0, n));
        }
      });
      using client = await connect(peer.port);
      assertEquals(await client.sendInPieces(message, random.cuts(message.length, count)), 2000);
      await client.closeWrite();
      assertEquals(await client.readAll(), new Uint8Array());
    }
    assertEquals(Uint8Array.from(received), message, `Seed ${random.seed}`);
  }
});

Deno.test("readAll takes more than the buffer holds at first", async () => {
  const message = "0123456789".repeat(100_000);
  await answering(message, async (client) => assertEquals(await client.readAllText(), message));
});

Deno.test("toText and toBytes turn every byte into one character and back", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assertEquals(toText(all).length, 256);
  assertEquals(toBytes(toText(all)), all);
});

/** Lets a client read `message`, after which the peer closes. */
async function answering(
  message: string,
  run: (client: RawClient) => Promise<void>,
): Promise<void> {
  await using peer = listen(async (conn) => {
    const bytes = toBytes(message);
    let sent = 0;
    while (sent < bytes.length) sent += await conn.write(bytes.subarray(sent));
  });
  using client = await connect(peer.port);
  await run(client);
}

interface Peer extends AsyncDisposable {
  readonly port: number;
}

/** Accepts one connection and gives it to `serve`; disposing waits until that is through. */
function listen(serve: (conn: Deno.TcpConn) => Promise<void>): Peer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = listener.accept().then(async (conn) => {
    try {
      await serve(conn);
    } finally {
      conn.close();
    }
  });
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      await served;
      listener.close();
    },
  };
}
