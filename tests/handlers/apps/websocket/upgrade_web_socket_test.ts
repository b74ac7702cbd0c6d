// An app that answers with 101 over a real socket: what it is asked, what it answers, and who is refused
// (RFC 6455 4.2); then frames as the hostile send them, to see that a connection ends and the server does not.

import { BackgroundWork } from "../../../../lib/handlers/apps/app_info.ts";
import { fetchApp, type FetchFunction } from "../../../../lib/handlers/apps/fetch_app.ts";
import { installPlainResponse } from "../../../../lib/handlers/apps/plain_response.ts";
import { toAccept } from "../../../../lib/handlers/apps/websocket/handshake.ts";
import { installUpgradeWebSocket } from "../../../../lib/handlers/apps/websocket/upgrade_web_socket.ts";
import { assert, assertEquals, assertStringIncludes } from "../../../deps.ts";
import { connect, type RawClient, type RawResponse } from "../../../support/raw_client.ts";
import { startServer, type TestServer } from "../../../support/server.ts";
import {
  BINARY,
  clientFrame,
  CLOSE,
  closing,
  joined,
  type ServerFrame,
  serverFrames,
  TEXT,
} from "./client_frames.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const decoder = new TextDecoder();
const reports: unknown[] = [];

installPlainResponse();
installUpgradeWebSocket((error) => reports.push(error));

const echo: FetchFunction = (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
};

function startApp(app: FetchFunction = echo, work = new BackgroundWork(() => {})): TestServer {
  return startServer(fetchApp(app, work));
}

/** A request for a WebSocket; `fields` replaces its fields, null leaves one out. */
function asking(fields: Record<string, string | null> = {}, line = "GET /x HTTP/1.1"): string {
  const all = {
    Host: "a.example",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
    ...fields,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== null);
  return [line, ...lines.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
}

async function ask(client: RawClient, ...of: Parameters<typeof asking>): Promise<RawResponse> {
  await client.send(asking(...of));
  return await client.readResponse();
}

/** One frame of up to 125 octets. */
async function readFrame(client: RawClient): Promise<ServerFrame> {
  const head = await client.readBytes(2);
  return serverFrames(joined(head, await client.readBytes(head[1]!)))[0]!;
}

const codeOf = ({ payload }: ServerFrame) => payload[0]! << 8 | payload[1]!;

Deno.test("the key of RFC 6455 1.3 is accepted as it says", () => {
  assertEquals(toAccept(KEY), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

Deno.test("an app answers 101 and speaks frames, first those that came with the head", async () => {
  await using server = startApp();
  using client = await connect(server.port);
  await client.send(asking());
  await client.send(joined(clientFrame(TEXT, "early"), clientFrame(BINARY, "more")));
  const { status, field, fields } = await client.readResponse();
  assertEquals([status, field("upgrade"), field("connection")], [101, "websocket", "Upgrade"]);
  assertEquals(field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assertEquals(fields.map(([name]) => name.toLowerCase()).sort(), [
    "connection",
    "date",
    "sec-websocket-accept",
    "upgrade",
  ]);
  assertEquals(decoder.decode((await readFrame(client)).payload), "early");
  assertEquals((await readFrame(client)).first, 0x82);
  await client.send(clientFrame(CLOSE, closing(1000)));
  assertEquals(codeOf(await readFrame(client)), 1000);
  assertEquals(await client.readAllText(), "");
});

Deno.test("a socket is told what was asked for, and adds fields of its own", async () => {
  const seen = Promise.withResolvers<unknown[]>();
  await using server = startApp((request, info) => {
    const { socket, response } = info.upgradeWebSocket(request, { protocol: "b" });
    response.headers.append("set-cookie", "a=b");
    response.headers.set("connection", "close");
    socket.onopen = () => {
      seen.resolve([socket.url, socket.protocol, socket.extensions, response.status]);
      socket.close();
    };
    return Promise.resolve(response);
  });
  using client = await connect(server.port);
  const { status, field } = await ask(client, {
    "Sec-WebSocket-Protocol": "a, b",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
  });
  const extension = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  assertEquals(
    [
      status,
      field("sec-websocket-protocol"),
      field("sec-websocket-extensions"),
      field("set-cookie"),
    ],
    [101, "b", extension, "a=b"],
  );
  assertEquals(field("connection"), "Upgrade");
  assertEquals(await seen.promise, ["ws://a.example/x", "b", extension, 101]);
});

for (
  const fields of [
    { Connection: "keep-alive, upgrade" },
    { Upgrade: "WebSocket" },
    { "Sec-WebSocket-Extensions": "unheard-of; a=1" },
    { Origin: "https://elsewhere.example" },
    { "Sec-WebSocket-Protocol": "not-asked-for" },
  ]
) {
  Deno.test(`a client that asks with ${JSON.stringify(fields)} is let in (RFC 6455 4.2)`, async () => {
    await using server = startApp();
    using client = await connect(server.port);
    const { status, field } = await ask(client, fields);
    assertEquals(
      [status, field("sec-websocket-protocol"), field("sec-websocket-extensions")],
      [101, null, null],
    );
  });
}

const refused: [name: string, ask: Parameters<typeof asking>, status: number][] = [
  ["no Upgrade", [{ Upgrade: null, Connection: null }], 426],
  ["another protocol", [{ Upgrade: "h2c" }], 426],
  ["no Connection", [{ Connection: null }], 400],
  ["a Connection that keeps alive", [{ Connection: "keep-alive" }], 400],
  ["POST", [{}, "POST /x HTTP/1.1"], 400],
  ["HEAD", [{}, "HEAD /x HTTP/1.1"], 400],
  ["HTTP/1.0", [{}, "GET /x HTTP/1.0"], 400],
  ["no version", [{ "Sec-WebSocket-Version": null }], 426],
  ["version 8", [{ "Sec-WebSocket-Version": "8" }], 426],
  ["versions 13 and 8", [{ "Sec-WebSocket-Version": "13, 8" }], 426],
  ["no key", [{ "Sec-WebSocket-Key": null }], 400],
  ["an empty key", [{ "Sec-WebSocket-Key": "" }], 400],
  ["a key of 15 octets", [{ "Sec-WebSocket-Key": btoa("x".repeat(15)) }], 400],
  ["a key of 17 octets", [{ "Sec-WebSocket-Key": btoa("x".repeat(17)) }], 400],
  ["a key in the other base64", [{ "Sec-WebSocket-Key": "-_-_-_-_-_-_-_-_-_-_-Q==" }], 400],
  ["two keys", [{ "Sec-WebSocket-Key": `${KEY}\r\nSec-WebSocket-Key: ${KEY}` }], 400],
  ["extensions that are no list", [{ "Sec-WebSocket-Extensions": "a; =" }], 400],
];

for (const [name, request, status] of refused) {
  Deno.test(`a client that asks with ${name} gets ${status}, and is no mistake of the app's (RFC 6455 4.2)`, async () => {
    for (const wait of [false, true]) {
      await using server = startApp(async (request, info) => {
        if (wait) await new Promise((resolve) => setTimeout(resolve, 0));
        return await echo(request, info);
      });
      using client = await connect(server.port);
      await client.send(asking(...request));
      const answer = await client.readResponse({ head: name === "HEAD" });
      assertEquals(answer.status, status);
      const offer = ["sec-websocket-version", "upgrade"].map((name) => answer.field(name));
      assertEquals(offer, status === 426 ? ["13", "websocket"] : [null, null]);
      if (name !== "HEAD") assert(answer.text().length > 10);
      assertEquals(server.handlerErrors, []);
    }
  });
}

Deno.test("a client that sends content with its request is refused", async () => {
  await using server = startApp();
  using client = await connect(server.port);
  await client.send(asking({ "Content-Length": "2" }) + "ab");
  assertEquals((await client.readResponse()).status, 400);
});

Deno.test("an app that catches the refusal says what it likes", async () => {
  await using server = startApp((request, info) => {
    try {
      return info.upgradeWebSocket(request).response;
    } catch (error) {
      return new Response(String(error), { status: 418 });
    }
  });
  using client = await connect(server.port);
  const answer = await ask(client, { Upgrade: null, Connection: null });
  assertEquals(
    [answer.status, answer.text()],
    [418, "TypeError: Invalid Header: 'upgrade' header must contain 'websocket'"],
  );
});

Deno.test("a subprotocol that the client does not offer is refused, as Deno does", async () => {
  await using server = startApp((request) =>
    Deno.upgradeWebSocket(request, { protocol: "c" }).response
  );
  using client = await connect(server.port);
  const answer = await ask(client, { "Sec-WebSocket-Protocol": "a, C, cc" });
  assertEquals(answer.status, 400);
  assertStringIncludes(answer.text(), "Protocol 'c' not in the request's protocol list");
});

const mistakes: [name: string, app: FetchFunction, says: RegExp][] = [
  ["a 101 that no upgrade made", () => {
    const made = { status: 101, headers: new Headers(), body: null, type: "default" };
    return made as unknown as Response;
  }, /no response of upgradeWebSocket/],
  [
    "a request of its own",
    (_, info) => info.upgradeWebSocket(new Request("http://a/")).response,
    /not the one that the app was asked/,
  ],
  [
    "a bad idle timeout",
    (request, info) => info.upgradeWebSocket(request, { idleTimeout: -1 }).response,
    /idle timeout/,
  ],
  [
    "no longest message",
    (request, info) => info.upgradeWebSocket(request, { maxMessage: NaN }).response,
    /longest message/,
  ],
];

for (const [name, app, says] of mistakes) {
  Deno.test(`${name} is a mistake of the app's: 500`, async () => {
    await using server = startApp(app);
    using client = await connect(server.port);
    assertEquals((await ask(client)).status, 500);
    assertEquals(server.handlerErrors.length, 1);
    assert(says.test(String(server.handlerErrors[0])), String(server.handlerErrors[0]));
  });
}

Deno.test("a response connects once", async () => {
  const made: Response[] = [];
  await using server = startApp((request) => {
    made.push(Deno.upgradeWebSocket(request).response);
    return made[0]!;
  });
  using first = await connect(server.port);
  using second = await connect(server.port);
  assertEquals((await ask(first)).status, 101);
  await second.send(asking());
  await second.readAll();
  assertStringIncludes(String(server.handlerErrors[0]), "was answered with before");
  await first.send(clientFrame(CLOSE));
  assertEquals(await first.readAllText(), "\x88\x00");
});

Deno.test("Deno.upgradeWebSocket goes on working for a server of the app's own", async () => {
  await using own = Deno.serve({ port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(`platform: ${data}`);
    return response;
  });
  const socket = new WebSocket(`ws://127.0.0.1:${own.addr.port}/`);
  const answer = await new Promise((resolve) => {
    socket.onopen = () => socket.send("a");
    socket.onmessage = ({ data }) => resolve(data);
  });
  assertEquals(answer, "platform: a");
  socket.close();
  await new Promise((resolve) => socket.onclose = resolve);
});

Deno.test("what a listener throws goes to the app's reports, and the connection lives", async () => {
  reports.length = 0;
  await using server = startApp((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => {
      socket.send("got it");
      throw new Error(data);
    };
    return response;
  });
  using client = await connect(server.port);
  await ask(client);
  for (const text of ["one", "two"]) {
    await client.send(clientFrame(TEXT, text));
    assertEquals(decoder.decode((await readFrame(client)).payload), "got it");
  }
  await client.send(clientFrame(CLOSE));
  await readFrame(client);
  assertEquals(reports.map((error) => (error as Error).message), ["one", "two"]);
  assertEquals(server.handlerErrors, []);
});

const hostile: [name: string, octets: Uint8Array, code: number][] = [
  ["a frame without a mask", clientFrame(TEXT, "a", { key: null }), 1002],
  ["2^62 octets", clientFrame(BINARY, "", { claims: 2n ** 62n }), 1009],
  ["16 MiB and one octet", clientFrame(BINARY, "", { claims: 2n ** 24n + 1n }), 1009],
  ["text that is none", clientFrame(TEXT, Uint8Array.of(0xff)), 1007],
  ["plain HTTP", new TextEncoder().encode(asking()), 1002],
];

for (const [name, octets, code] of hostile) {
  Deno.test(`a client that sends ${name} is told ${code} and let go; the others stay`, async () => {
    await using server = startApp();
    using other = await connect(server.port);
    await ask(other);
    using client = await connect(server.port);
    await ask(client);
    await client.send(octets);
    const frame = await readFrame(client);
    assertEquals([frame.first, codeOf(frame)], [0x88, code]);
    assertEquals(await client.readAllText(), "");
    await other.send(clientFrame(TEXT, "still here"));
    assertEquals(decoder.decode((await readFrame(other)).payload), "still here");
    assertEquals(server.handlerErrors, []);
  });
}

Deno.test("a client that sends and does not read is held up, and loses nothing", async () => {
  const [size, count] = [2 ** 20, 48];
  let received = 0;
  let most = 0;
  await using server = startApp((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => {
      received++;
      socket.send(data);
      most = Math.max(most, socket.bufferedAmount);
    };
    return response;
  });
  using client = await connect(server.port);
  await ask(client);
  const frame = clientFrame(BINARY, new Uint8Array(size));
  const sending = (async () => {
    for (let i = 0; i < count; i++) await client.send(frame);
  })();
  // As long as it goes on; were it to stop for another reason, what is asserted would still hold.
  for (let before = -1, still = 0; received < count && still < 30;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    still = received === before ? still + 1 : 0;
    before = received;
  }
  for (let i = 0; i < count; i++) await client.readBytes(10 + size);
  await sending;
  assertEquals(received, count);
  assert(most <= 3 * size, `${most} octets waited`);
});

Deno.test("a server that stops tells its sockets 1001 and waits for them", async () => {
  const closed = Promise.withResolvers<string>();
  await using server = startApp((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onclose = ({ code, wasClean }) => closed.resolve(`${code} ${wasClean}`);
    return response;
  });
  using client = await connect(server.port);
  await ask(client);
  await server.connections(1);
  const stopped = server.server.shutdown({ grace: 10 });
  assertEquals(codeOf(await readFrame(client)), 1001);
  await client.send(clientFrame(CLOSE, closing(1001)));
  client.close();
  await stopped;
  assertEquals(await closed.promise, "1001 true");
});

Deno.test("a client that vanishes is an error of the socket and of nobody else", async () => {
  const events: string[] = [];
  const closed = Promise.withResolvers<void>();
  await using server = startApp((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onerror = () => events.push("error");
    socket.onclose = ({ code }) => {
      events.push(`close ${code}`);
      closed.resolve();
    };
    return response;
  });
  using client = await connect(server.port);
  await ask(client);
  client.close();
  await closed.promise;
  assertEquals(events, ["error", "close 1006"]);
  assertEquals(server.handlerErrors, []);
});
