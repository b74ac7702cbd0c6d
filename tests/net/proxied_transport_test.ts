// lib/net/proxied_transport.ts: the first read takes the preamble, at every cut, and hands on the rest.

import { withProxyProtocol } from "../../lib/net/proxied_transport.ts";
import { listenTcp } from "../../lib/net/tcp.ts";
import { type Address, formatAddress, type Listener } from "../../lib/net/transport.ts";
import { assertEquals, assertRejects, assertThrows } from "../deps.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { addressesOf, preambleV2, valueOf } from "./proxy_preambles.ts";

const V1 = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n";
const V2 = preambleV2({
  rest: [
    addressesOf("203.0.113.7", "198.51.100.1", [56_324, 443]),
    valueOf(0x20, Uint8Array.of(1)),
  ],
});
/** Longer than the first buffers of any reader. */
const LONG_V2 = preambleV2({
  rest: [
    addressesOf("203.0.113.7", "198.51.100.1", [56_324, 443]),
    valueOf(0xe0, new Uint8Array(3_000)),
  ],
});
/** The address of every `FakeTransport`. */
const PEER = "192.0.2.1";

/** What accepts `transport`, and then nothing. */
function listenerOf(transport: FakeTransport): Listener {
  const address: Address = { transport: "tcp", hostname: "127.0.0.1", port: 8000 };
  return { address, accept: () => Promise.resolve(transport), close: () => {} };
}

function accept(fake: FakeTransport, trusted?: readonly string[]) {
  const options = trusted === undefined ? {} : { trusted };
  return withProxyProtocol(listenerOf(fake), options).accept();
}

/** All octets that can be read until the end, through a buffer of `size`. */
async function readAll(
  transport: { read(buffer: Uint8Array): Promise<number | null> },
  size = 64,
): Promise<string> {
  const buffer = new Uint8Array(size);
  let text = "";
  for (;;) {
    const count = await transport.read(buffer);
    if (count === null) return text;
    text += String.fromCharCode(...buffer.subarray(0, count));
  }
}

function bytesOf(...parts: (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? [...new TextEncoder().encode(part)] : [...part]
    ),
  );
}

for (const [name, preamble] of [["v1", bytesOf(V1)], ["v2", V2]] as const) {
  Deno.test(`${name} is taken away, wherever the wire cuts, and what follows is whole`, async () => {
    const sent = bytesOf(preamble, "Hello, world");
    for (let cut = 1; cut < sent.length; cut++) {
      const fake = new FakeTransport();
      const transport = await accept(fake);
      for (const piece of [sent.subarray(0, cut), sent.subarray(cut), null]) fake.bring(piece);
      assertEquals(await readAll(transport), "Hello, world", `cut at ${cut}`);
      assertEquals(formatAddress(transport.remoteAddress), "203.0.113.7:56324");
      assertEquals(formatAddress(transport.localAddress), "198.51.100.1:443");
      assertEquals(transport.secure, name === "v2");
    }
  });
}

Deno.test("a preamble that comes octet by octet is taken, even one longer than the reader's buffer", async () => {
  const fake = new FakeTransport();
  const transport = await accept(fake);
  for (const octet of bytesOf(LONG_V2, "Hello")) fake.bring(Uint8Array.of(octet));
  fake.bring(null);
  assertEquals(await readAll(transport, 8), "Hello");
  const whole = new FakeTransport();
  for (
    const piece of [LONG_V2.subarray(0, 2_000), bytesOf(LONG_V2.subarray(2_000), "Hello"), null]
  ) {
    whole.bring(piece);
  }
  assertEquals(await readAll(await accept(whole), 2_048), "Hello");
});

Deno.test("until the preamble is there the addresses are the socket's, and with UNKNOWN they stay", async () => {
  const fake = new FakeTransport();
  const transport = await accept(fake);
  assertEquals(formatAddress(transport.remoteAddress), `${PEER}:1`);
  fake.bring("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\nHello");
  fake.bring(null);
  assertEquals(await readAll(transport), "Hello");
  assertEquals(formatAddress(transport.remoteAddress), `${PEER}:1`);
  assertEquals(transport.secure, false);
});

Deno.test("a peer that ends without an octet just ends; one that ends inside its preamble fails", async () => {
  const silent = new FakeTransport();
  silent.bring(null);
  assertEquals(await readAll(await accept(silent)), "");
  const cut = new FakeTransport();
  cut.bring(V1.slice(0, 20));
  cut.bring(null);
  const transport = await accept(cut);
  await assertRejects(
    () => readAll(transport),
    Deno.errors.InvalidData,
    "before its PROXY preamble does",
  );
});

Deno.test("what is no preamble fails the first read, and nothing of it is handed on", async () => {
  for (const sent of ["GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 x\r\n", "\r\n\r\nGET"]) {
    const fake = new FakeTransport();
    fake.bring(sent);
    const transport = await accept(fake);
    await assertRejects(() => readAll(transport), Deno.errors.InvalidData);
    assertEquals(fake.written, []);
  }
});

Deno.test("only trusted peers may send a preamble, and the others are not even listened to", async () => {
  const trusted = new FakeTransport();
  trusted.bring(`${V1}Hello`);
  trusted.bring(null);
  assertEquals(await readAll(await accept(trusted, ["loopback", "192.0.2.0/24"])), "Hello");
  const other = new FakeTransport();
  other.bring(`${V1}Hello`);
  const transport = await accept(other, ["loopback"]);
  await assertRejects(() => readAll(transport), Deno.errors.InvalidData, "not believed");
  assertEquals(other.reads.length, 0);
  assertEquals(formatAddress(transport.remoteAddress), `${PEER}:1`);
});

Deno.test("withProxyProtocol refuses a range that is none", () => {
  const listener = listenerOf(new FakeTransport());
  assertThrows(
    () => withProxyProtocol(listener, { trusted: ["10.0.0.1/8"] }),
    TypeError,
    "10.0.0.1/8",
  );
});

Deno.test("over a real socket, accepting waits for no preamble, and what is written arrives", async () => {
  const listener = withProxyProtocol(listenTcp({ hostname: "127.0.0.1", port: 0 }));
  const { address } = listener;
  if (address.transport !== "tcp") throw new Error("Not TCP");
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port: address.port });
  const [silent, silentPeer] = await Promise.all([listener.accept(), connect()]);
  const [transport, peer] = await Promise.all([listener.accept(), connect()]);
  await peer.write(bytesOf(V1, "ping"));
  const buffer = new Uint8Array(100);
  assertEquals(await transport.read(buffer), 4);
  assertEquals(formatAddress(transport.remoteAddress), "203.0.113.7:56324");
  await transport.write(bytesOf("pong"));
  await transport.closeWrite();
  assertEquals(await peer.read(buffer), 4);
  const waiting = assertRejects(() => silent.read(buffer));
  silent.close();
  await waiting;
  for (const each of [transport, peer, silentPeer, listener]) each.close();
});
