// What a handler can ask of its request besides the head: content, signal, addresses.

import type { Handler, HttpRequest, HttpResponse } from "../../lib/server/handler.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { answer, startServer, text } from "../support/server.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

Deno.test("request.signal aborts when the peer leaves before the answer", async () => {
  const aborted = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = startServer(async (request) => {
    request.signal.addEventListener("abort", () => aborted.resolve());
    asked.resolve();
    await aborted.promise;
    return text("nobody hears it");
  });
  using client = await connect(server.port);
  await client.send(REQUEST);
  await asked.promise;
  client.close();
  await aborted.promise;
  await server.connections(0);
  assertEquals(server.handlerErrors, []);
});

Deno.test("request.signal stays quiet while the peer stays, and what it sends meanwhile is kept", async () => {
  const signals: AbortSignal[] = [];
  const goOn = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = startServer(async (request) => {
    signals.push(request.signal);
    asked.resolve();
    await goOn.promise;
    return text(request.target.raw);
  });
  using client = await connect(server.port);
  await client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
  await asked.promise;
  await client.send("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
  goOn.resolve();
  assertEquals((await client.readResponse()).text(), "/first");
  assertEquals((await client.readResponse()).text(), "/second");
  assertEquals(signals.map((signal) => signal.aborted), [false, false]);
});

Deno.test("a peer that has only ended its side still gets its answer", async () => {
  await using server = startServer(async (request) => {
    request.signal;
    await Promise.resolve();
    return answer(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("still here"));
          controller.close();
        },
      }),
    );
  });
  using client = await connect(server.port);
  await client.send(REQUEST);
  await client.closeWrite();
  assertEquals((await client.readResponse()).text(), "still here");
});

Deno.test("a stream is cancelled when its peer resets the connection", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = startServer(() =>
    answer(
      new ReadableStream({
        pull: async (controller) => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          controller.enqueue(new Uint8Array(1000));
        },
        cancel: () => cancelled.resolve(),
      }),
    )
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  await client.readBytes(100);
  client.close();
  await cancelled.promise;
  await server.connections(0);
});

Deno.test("a silent stream to a peer that has ended its side is cancelled in the end", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = startServer(
    () => answer(new ReadableStream({ cancel: () => cancelled.resolve() })),
    { deadlines: { answer: 0.02 } },
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  await client.readBytes(12);
  await client.closeWrite();
  await cancelled.promise;
});

Deno.test("back-pressure: a stream is asked for no more than its peer takes", async () => {
  let pulled = 0;
  await using server = startServer(() =>
    answer(
      new ReadableStream({
        pull: (controller) => {
          pulled++;
          controller.enqueue(new Uint8Array(1 << 16));
        },
      }, { highWaterMark: 0 }),
    )
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  let before = -1;
  // It comes to rest: the buffers of two sockets are full.
  while (pulled !== before) {
    before = pulled;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(pulled > 0 && pulled < 1_000, `${pulled} pieces were pulled`);
  await client.readBytes(1 << 20);
});

Deno.test("content is not read before it is pulled", async () => {
  const size = 32 << 20;
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let read = 0;
  await using server = startServer(async (request) => {
    begun.resolve();
    await goOn.promise;
    for await (const piece of request.content!) read += piece.length;
    return text(String(read));
  });
  using client = await connect(server.port);
  let isSent = false;
  const sending = client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
    .then(() => client.send(new Uint8Array(size))).then(() => isSent = true);
  await begun.promise;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(isSent, false, "32 MiB cannot have gone anywhere");
  goOn.resolve();
  await sending;
  assertEquals((await client.readResponse()).text(), String(size));
});

/** Answers 200 requests, `makeRequest(i)` each, on one connection, and returns them as the handler kept them. */
async function keepRequests(
  handler: (request: HttpRequest) => ReturnType<Handler>,
  makeRequest: (i: number) => string,
): Promise<HttpRequest[]> {
  const kept: HttpRequest[] = [];
  await using server = startServer((request) => {
    kept.push(request);
    return handler(request);
  });
  using client = await connect(server.port);
  for (let i = 0; i < 200; i++) {
    await client.send(makeRequest(i));
    await client.readResponse();
  }
  return kept;
}

const numbered = (i: number) => `GET /${i} HTTP/1.1\r\nHost: a\r\nNumber: ${i}\r\n\r\n`;

Deno.test("a request that was answered by promise may be kept", async () => {
  const kept = await keepRequests(() => Promise.resolve(text("x")), numbered);
  assertEquals(kept.map(({ fields }) => fields.get("number")), kept.map((_, i) => String(i)));
  assertEquals(kept.map(({ target }) => target.raw), kept.map((_, i) => `/${i}`));
});

Deno.test("a request that was answered by promise stays whole among others that were not", async () => {
  const kept = await keepRequests(
    ({ target }) => Number(target.raw.slice(1)) % 3 === 0 ? Promise.resolve(text("x")) : text("x"),
    numbered,
  );
  for (let i = 0; i < kept.length; i += 3) assertEquals(kept[i]!.fields.get("number"), String(i));
});

Deno.test("a request with content may be kept; its content may not be read any more", async () => {
  const kept = await keepRequests(
    () => text("x"),
    (i) => `PUT /${i} HTTP/1.1\r\nHost: a\r\nNumber: ${i}\r\nContent-Length: 2\r\n\r\nok`,
  );
  assertEquals(kept.map(({ fields }) => fields.get("number")), kept.map((_, i) => String(i)));
  await assertRejects(() => kept[0]!.content!.getReader().read(), TypeError, "over");
});

Deno.test("a request that was answered at once has no fields afterwards, and says so", async () => {
  const kept = await keepRequests(() => text("x"), numbered);
  for (const { fields, target } of [kept[0]!, kept[199]!]) {
    assertThrows(() => fields.get("number"), TypeError, "is over");
    assertThrows(() => fields.has("number"), TypeError, "is over");
    assertThrows(() => fields.getAll("number"), TypeError, "is over");
    assertThrows(() => [...fields], TypeError, "is over");
    assertEquals(fields.size, 2);
    assertEquals(target.form, "origin");
  }
});

Deno.test("handlers that answer with no answer are answered for with 500", async () => {
  const answers: unknown[] = [
    undefined,
    null,
    "text",
    {},
    { status: 99, fields: answer(null).fields, content: null },
    { status: 200.5, fields: answer(null).fields, content: null },
    { status: 200, fields: [], content: null },
    { status: 200, fields: answer(null).fields, content: "text" },
  ];
  const count = answers.length;
  await using server = startServer((request) => {
    const next = answers.shift() as HttpResponse;
    return request.method === "GET" ? next : Promise.resolve(next);
  });
  using client = await connect(server.port);
  for (let i = 0; i < count; i++) {
    await client.send(REQUEST.replace("GET", i % 2 === 0 ? "GET" : "PUT"));
    assertEquals((await client.readResponse()).status, 500);
  }
  assertEquals(server.handlerErrors.length, count);
});

Deno.test("a stream that gives no octets is the handler's fault, and cuts the answer", async () => {
  await using server = startServer(() =>
    answer(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("first"));
          controller.enqueue("second" as unknown as Uint8Array);
        },
      }),
    )
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  const received = new TextDecoder().decode(await client.readAll());
  assert(received.endsWith("5\r\nfirst\r\n"), received);
  assertEquals(server.handlerErrors.length, 1);
  assertEquals(server.exchanges.map(({ isCut }) => isCut), [true]);
});

Deno.test("a request knows its addresses", async () => {
  await using server = startServer(({ remoteAddress, localAddress, secure }) =>
    text(JSON.stringify({ remoteAddress, localAddress, secure }))
  );
  using client = await connect(server.port);
  await client.send(REQUEST);
  const seen = JSON.parse((await client.readResponse()).text());
  const { hostname, port } = client.localAddress as Deno.NetAddr;
  assertEquals(seen.remoteAddress, { transport: "tcp", hostname, port });
  assertEquals(seen.localAddress.port, server.port);
  assertEquals(seen.secure, false);
});
