// What sigterm_test.ts sees from outside, counted from inside: the octets that the server has read. Every
// request of which it has read an octet is answered whole, or stands behind an answer that said that it
// would be the last. Requests of one length make octets into requests.

import { setImmediate } from "node:timers";
import { listenTcp } from "../../lib/net/tcp.ts";
import type { Listener, Transport } from "../../lib/net/transport.ts";
import type { Handler } from "../../lib/server/handler.ts";
import { assert, assertEquals, assertGreater, assertGreaterOrEqual } from "../deps.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { startServer, text } from "../support/server.ts";

const REQUEST = "GET /0123456789 HTTP/1.1\r\nHost: a\r\n\r\n";
const CLIENTS = 24;

const handlers: readonly (readonly [name: string, handler: Handler])[] = [
  ["answers at once", () => text("now")],
  ["answers later", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return text("later");
  }],
  ["answers in pieces", () => ({
    ...text(""),
    content: ReadableStream.from([new Uint8Array(10), new Uint8Array(100_000)]),
  })],
];

for (const [name, handler] of handlers) {
  for (const count of [1, 7]) {
    Deno.test(`shutdown leaves no request unanswered of which it has read an octet: a handler that ${name}, ${count} requests at a time`, async () => {
      const reads = new Map<number, number>();
      const listener = counting(listenTcp({ hostname: "127.0.0.1", port: 0 }), reads);
      await using server = startServer(handler, { listener });
      const clients = await Promise.all(
        Array(CLIENTS).fill(server.port).map((port) => connect(port)),
      );
      try {
        let total = 0;
        const isEnough = Promise.withResolvers<void>();
        const tallies = clients.map((client) =>
          keepAsking(client, { count, onAnswer: () => ++total === 400 && isEnough.resolve() })
        );
        await Promise.race([isEnough.promise, Promise.all(tallies)]);
        const ended = server.server.shutdown({ grace: 60 });
        for (const [i, tally] of (await Promise.all(tallies)).entries()) {
          const { port } = clients[i]!.localAddress as Deno.NetAddr;
          const begun = Math.ceil((reads.get(port) ?? 0) / REQUEST.length);
          assertGreater(begun, 0);
          if (tally.isAnnounced) assertGreaterOrEqual(begun, tally.answered);
          else assertEquals(begun, tally.answered);
        }
        for (const client of clients) client.close();
        await ended;
      } finally {
        for (const client of clients) client.close();
      }
    });
  }
}

Deno.test("a request that had arrived when shutdown began is answered, however busy the server is", async () => {
  await using server = startServer(() => text("in time"));
  using client = await connect(server.port);
  await client.send(REQUEST);
  assertEquals((await client.readResponse()).text(), "in time");
  const sending = client.send(REQUEST);
  const ended = server.server.shutdown({ grace: 60 });
  // When the loop goes on, timers are due and octets are there at once; which come first is its own affair.
  for (const end = performance.now() + 20; performance.now() < end;);
  await sending;
  const response = await client.readResponse();
  assertEquals([response.text(), response.field("connection")], ["in time", "close"]);
  client.close();
  await ended;
});

/** Asks on until the connection ends; no answer may be half of one. */
async function keepAsking(
  client: RawClient,
  { count, onAnswer }: { count: number; onAnswer: () => void },
): Promise<{ answered: number; isAnnounced: boolean }> {
  for (let answered = 0;;) {
    try {
      await client.send(REQUEST.repeat(count));
      for (let i = 0; i < count; i++) {
        const response = await client.readResponse();
        answered++;
        onAnswer();
        if (response.field("connection") === "close") return { answered, isAnnounced: true };
      }
    } catch (error) {
      const { message } = error as Error;
      assert(/a status line|Broken pipe|reset by peer/.test(message), message);
      assertEquals(client.pending.length, 0);
      return { answered, isAnnounced: false };
    }
  }
}

/**
 * `listener`, whose connections count into `reads`, by their peer's port, what is read from them until our
 * side has ended: what is read in the same turn had come before, what is read later is thrown away.
 */
function counting(listener: Listener, reads: Map<number, number>): Listener {
  return {
    address: listener.address,
    close: () => listener.close(),
    accept: async () => {
      const transport = await listener.accept();
      const { remoteAddress } = transport;
      const port = remoteAddress.transport === "tcp" ? remoteAddress.port : 0;
      let isEnded = false;
      const counted: Transport = {
        localAddress: transport.localAddress,
        remoteAddress,
        secure: false,
        async read(buffer) {
          const read = await transport.read(buffer);
          if (!isEnded) reads.set(port, (reads.get(port) ?? 0) + (read ?? 0));
          return read;
        },
        write: (octets) => transport.write(octets),
        closeWrite() {
          setImmediate(() => isEnded = true);
          return transport.closeWrite();
        },
        close: () => transport.close(),
      };
      return counted;
    },
  };
}
