// The server as a whole: accepting, limits in count, shutting down.

import { listenTcp } from "../../lib/net/tcp.ts";
import type { Listener, Transport } from "../../lib/net/transport.ts";
import { serve } from "../../lib/server/serve.ts";
import { assertEquals, assertRejects } from "../deps.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { answer, startServer, text } from "../support/server.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function exchangeOn(client: RawClient): Promise<string> {
  await client.send(REQUEST);
  return (await client.readResponse()).text();
}

Deno.test("serve answers many connections at once, each many times", async () => {
  let count = 0;
  await using server = startServer(() => text(String(++count)));
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect(server.port)));
  for (let round = 0; round < 4; round++) await Promise.all(clients.map(exchangeOn));
  assertEquals(count, 200);
  assertEquals(server.server.connections, 50);
  for (const client of clients) client.close();
  await server.connections(0);
});

Deno.test("at the limit of connections accepting pauses, and nobody is dropped", async () => {
  await using server = startServer(() => text("x"), { limits: { connections: 2 } });
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect(server.port)));
  const answers = clients.map(async (client) => {
    const received = await exchangeOn(client);
    client.close();
    return received;
  });
  assertEquals(await Promise.all(answers), ["x", "x", "x", "x", "x"]);
});

Deno.test("the last request that a connection takes is answered with Connection: close", async () => {
  await using server = startServer(() => text("x"), { limits: { requestsPerConnection: 2 } });
  using client = await connect(server.port);
  await client.send(REQUEST + REQUEST + REQUEST);
  assertEquals((await client.readResponse()).field("connection"), null);
  assertEquals((await client.readResponse()).field("connection"), "close");
  assertEquals((await client.readAll()).length, 0);
});

/** A listener whose `accept` fails as told, once for each entry, before it accepts. */
function failing(errors: unknown[]): Listener {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  return {
    address: listener.address,
    close: () => listener.close(),
    accept: (): Promise<Transport> =>
      errors.length > 0 ? Promise.reject(errors.shift()) : listener.accept(),
  };
}

Deno.test("an accept error of one connection is survived without a pause", async () => {
  const listener = failing([
    new Deno.errors.ConnectionAborted(),
    new Deno.errors.ConnectionReset(),
  ]);
  await using server = startServer(() => text("x"), { listener });
  using client = await connect(server.port);
  assertEquals(await exchangeOn(client), "x");
  assertEquals(server.acceptErrors, []);
});

Deno.test("running out of descriptors pauses accepting, and it recovers", async () => {
  const errors = [new Error("Too many open files (os error 24)"), new Error("again")];
  const listener = failing([...errors]);
  await using server = startServer(() => text("x"), { listener });
  using client = await connect(server.port);
  assertEquals(await exchangeOn(client), "x");
  assertEquals(server.acceptErrors, errors);
});

Deno.test("shutdown closes idle connections at once and accepts no more", async () => {
  await using server = startServer(() => text("x"));
  using client = await connect(server.port);
  await exchangeOn(client);
  const { port } = server;
  await server.server.shutdown();
  assertEquals((await client.readAll()).length, 0);
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }));
});

Deno.test("shutdown lets an answer under way finish, as its connection's last", async () => {
  const began = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  await using server = startServer(async () => {
    began.resolve();
    await goOn.promise;
    return text("finished");
  });
  using client = await connect(server.port);
  await client.send(REQUEST);
  await began.promise;
  const closed = server.server.shutdown();
  goOn.resolve();
  const response = await client.readResponse();
  assertEquals(response.text(), "finished");
  assertEquals(response.field("connection"), "close");
  client.closeWrite();
  await closed;
});

Deno.test("shutdown answers a request whose head is still arriving", async () => {
  await using server = startServer(() => text("x"));
  using client = await connect(server.port);
  await exchangeOn(client);
  await client.send("GET / HTTP/1.1\r\nHo");
  // A second connection's answer shows that the server has read the first one's octets by now.
  using other = await connect(server.port);
  await exchangeOn(other);
  const closed = server.server.shutdown();
  await client.send("st: a\r\n\r\n");
  const response = await client.readResponse();
  assertEquals(response.status, 200);
  assertEquals(response.field("connection"), "close");
  client.closeWrite();
  await closed;
});

Deno.test("shutdown cuts what is not finished when the grace is over", async () => {
  const began = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  await using server = startServer(() => {
    began.resolve();
    return answer(new ReadableStream({ cancel: () => cancelled.resolve() }));
  });
  using client = await connect(server.port);
  await client.send(REQUEST);
  await began.promise;
  await client.readBytes(12);
  await server.server.shutdown({ grace: 0 });
  await cancelled.promise;
});

Deno.test("shutdown without connections resolves, once and twice", async () => {
  await using server = startServer(() => text("x"));
  await server.server.shutdown();
  await server.server.shutdown();
  await server.server.closed;
});

Deno.test("amend changes the answers that the driver gives by itself, and no others", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const server = serve((request) => {
    if (request.target.raw === "/") return text("x");
    throw new Error("no");
  }, {
    listener,
    amend: ({ status, fields, content }) => ({
      status,
      fields: fields.with(["Amended", "yes"]),
      content,
    }),
  });
  const statuses: [number, string | null][] = [];
  using client = await connect((server.address as { port: number }).port);
  for (const request of [REQUEST, REQUEST.replace("/ ", "/no "), "bad\r\n"]) {
    await client.send(request);
    const response = await client.readResponse();
    statuses.push([response.status, response.field("amended")]);
  }
  assertEquals(statuses, [[200, null], [500, "yes"], [400, "yes"]]);
  client.close();
  await server.shutdown({ grace: 0 });
});

Deno.test("a bad request behind many good ones is answered after all of them", async () => {
  await using server = startServer(() => text("y".repeat(500)));
  using client = await connect(server.port);
  await client.send(REQUEST.repeat(300) + "bad\r\n");
  for (let i = 0; i < 300; i++) assertEquals((await client.readResponse()).status, 200);
  assertEquals((await client.readResponse()).status, 400);
  assertEquals((await client.readAll()).length, 0);
});

Deno.test("an error is answered even where its fields do not fit into the buffer", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const server = serve(() => text("x"), {
    listener,
    amend: ({ status, fields, content }) => ({
      status,
      fields: fields.with(["Long", "l".repeat(20_000)]),
      content,
    }),
  });
  using client = await connect((server.address as { port: number }).port);
  await client.send("bad\r\n");
  const response = await client.readResponse();
  assertEquals([response.status, response.field("long")?.length], [400, 20_000]);
  client.close();
  await server.shutdown({ grace: 0 });
});

Deno.test("the clock is looked at for those who want to know", async () => {
  for (const isTimed of [false, true]) {
    const began: number[] = [];
    const server = serve(() => text("x"), {
      listener: listenTcp({ hostname: "127.0.0.1", port: 0 }),
      observer: { isTimed, onExchange: (exchange) => began.push(exchange.began) },
    });
    using client = await connect((server.address as { port: number }).port);
    const before = performance.now();
    await exchangeOn(client);
    assertEquals(began.map((time) => time >= before), [isTimed]);
    client.close();
    await server.shutdown({ grace: 0 });
  }
});
