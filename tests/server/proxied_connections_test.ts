// Connections that begin with a PROXY preamble, served: who the client is, and what gets no answer.

import { withProxyProtocol } from "../../lib/net/proxied_transport.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import { formatAddress } from "../../lib/net/transport.ts";
import type { Handler } from "../../lib/server/handler.ts";
import { serve } from "../../lib/server/serve.ts";
import { assertEquals, assertMatch } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { startServer, text } from "../support/server.ts";

const TELLING: Handler = ({ remoteAddress, secure, authority }) =>
  text(`${formatAddress(remoteAddress)} ${secure} ${authority}`);

async function ask(port: number, ...lines: string[]): Promise<string> {
  using client = await connect(port);
  await client.send([...lines, "", ""].join("\r\n"));
  return (await client.readResponse()).text();
}

const PREAMBLE = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n";

Deno.test("behind the PROXY protocol the client is who the preamble names, on every request of the connection", async () => {
  const listener = withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }));
  await using server = startServer(TELLING, { listener });
  using client = await connect(server.port);
  const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  await client.send(PREAMBLE + request + request);
  assertEquals((await client.readResponse()).text(), "203.0.113.7:56324 false a");
  assertEquals((await client.readResponse()).text(), "203.0.113.7:56324 false a");
  await client.send(request);
  assertEquals((await client.readResponse()).text(), "203.0.113.7:56324 false a");
  assertEquals(server.exchanges.map(({ remoteAddress }) => formatAddress(remoteAddress)), [
    "203.0.113.7:56324",
    "203.0.113.7:56324",
    "203.0.113.7:56324",
  ]);
});

Deno.test("behind the PROXY protocol fields are believed from whom the preamble names, not from the socket's peer", async () => {
  const trustedProxies = ["loopback", "203.0.113.0/24"];
  const listener = () =>
    withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }), { trusted: trustedProxies });
  await using server = startServer(TELLING, { listener: listener(), trustedProxies });
  const request = ["GET / HTTP/1.1", "Host: a", "X-Forwarded-For: 192.0.2.7"];
  assertEquals(
    await ask(server.port, PREAMBLE + request[0], ...request.slice(1)),
    "192.0.2.7:0 false a",
  );
  const other = PREAMBLE.replace("203.0.113.7", "198.51.100.7");
  assertEquals(
    await ask(server.port, other + request[0], ...request.slice(1)),
    "198.51.100.7:56324 false a",
  );
});

for (
  const [name, sent, trusted] of [
    ["a request without a preamble", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["loopback"]],
    ["a malformed preamble", "PROXY TCP4 1.2.3.4\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [
      "loopback",
    ]],
    ["a preamble from a peer that is not trusted", `${PREAMBLE}GET / HTTP/1.1\r\nHost: a\r\n\r\n`, [
      "192.0.2.1",
    ]],
  ] as const
) {
  Deno.test(`${name} ends the connection without an answer, and the server goes on`, async () => {
    const broken = Promise.withResolvers<string>();
    const server = serve(TELLING, {
      listener: withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }), { trusted }),
      observer: { onBroken: (error) => broken.resolve((error as Error).message) },
    });
    const { port } = server.address as Deno.NetAddr;
    using client = await connect(port);
    await client.send(sent);
    assertMatch(await broken.promise, /PROXY preamble/);
    // What it had not read makes the system send a reset.
    const received = await client.readAll().catch((error) => error);
    assertEquals(received instanceof Deno.errors.ConnectionReset || received.length === 0, true);
    if (trusted[0] === "loopback") {
      assertEquals(
        await ask(port, `${PREAMBLE}GET / HTTP/1.1`, "Host: a"),
        "203.0.113.7:56324 false a",
      );
    }
    await server.shutdown({ grace: 0 });
  });
}

Deno.test("a peer that stays silent instead of sending its preamble is closed as any silent peer", async () => {
  const listener = withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }));
  await using server = startServer(TELLING, { listener, deadlines: { idle: 0.05 } });
  using client = await connect(server.port);
  await client.send(PREAMBLE.slice(0, 10));
  assertEquals((await client.readAll()).length, 0);
  await server.connections(0);
});
