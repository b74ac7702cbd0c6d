// The Web's object over a wire without a socket: its events in order, its states, what it sends (RFC 6455 5,
// WHATWG WebSockets 3.1). How it ends is in socket_endings_test.ts.

import { MessageDeflate } from "../../../../lib/handlers/apps/websocket/message_deflate.ts";
import type { ServerSocket } from "../../../../lib/handlers/apps/websocket/server_socket.ts";
import { assert, assertEquals, assertThrows } from "../../../deps.ts";
import { BINARY, clientFrame, CLOSE, closing, joined, PING, PONG, TEXT } from "./client_frames.ts";
import { MAX, open, settled, shown } from "./opened_socket.ts";

Deno.test("a socket says what it is, and is a WebSocket", async () => {
  const { socket, wire, over } = open({ deflate: new MessageDeflate(null) });
  assert((socket as unknown) instanceof WebSocket);
  assert(socket instanceof EventTarget);
  const { url, protocol, extensions, readyState, binaryType, bufferedAmount } = socket;
  assertEquals([url, protocol, readyState, binaryType, bufferedAmount], [
    "ws://a.example/x",
    "chat",
    1,
    "arraybuffer",
    0,
  ]);
  assert(extensions.startsWith("permessage-deflate"));
  assertEquals((socket as unknown as WebSocket).CLOSED, 3);
  wire.push(null);
  await over;
});

Deno.test("messages come in order, as text, as buffers and as Blobs", async () => {
  const { socket, wire, events, over } = open();
  wire.push(joined(clientFrame(TEXT, "h\u00e9\ufeff"), clientFrame(BINARY, Uint8Array.of(1, 2))));
  wire.push(clientFrame(TEXT, "\ufeffa", { isFinal: false }), clientFrame(0, "b"));
  await wire.waitForReads(4);
  socket.binaryType = "blob";
  socket.binaryType = "nonsense" as BinaryType;
  const blob = Promise.withResolvers<Blob>();
  socket.addEventListener("message", (event) => blob.resolve((event as MessageEvent).data));
  wire.push(clientFrame(BINARY, Uint8Array.of(7)));
  assertEquals([...await (await blob.promise).bytes()], [7]);
  assertEquals(events.slice(0, 4), [
    "open in 1",
    "message h\u00e9\ufeff in 1",
    "message [1,2] in 1",
    "message \ufeffab in 1",
  ]);
  wire.push(null);
  await over;
});

Deno.test("everything that can be sent is sent, in order; a Blob holds up what is behind it", async () => {
  const { socket, wire, over } = open();
  const octets = Uint8Array.of(0x61, 0x62, 0x63);
  socket.send("\ud800x");
  socket.send(octets.subarray(1));
  socket.send(new DataView(octets.buffer, 0, 1));
  socket.send(octets.buffer);
  socket.send(12 as unknown as string);
  socket.send(new Blob(["blob"]));
  assertEquals(socket.bufferedAmount, 4 + 2 + 1 + 3 + 2 + 4);
  socket.send(octets);
  socket.send("behind");
  octets.fill(0x7a);
  socket.close(3000, "end");
  assertEquals(socket.readyState, 2);
  assertEquals((await wire.waitForFrames(9)).map(shown), [
    "81 \ufffdx",
    "82 bc",
    "82 a",
    "82 abc",
    "81 12",
    "82 blob",
    "82 abc",
    "81 behind",
    "88 3000 end",
  ]);
  await settled();
  assertEquals(socket.bufferedAmount, 0);
  wire.push(clientFrame(CLOSE, closing(3000, "end")));
  await over;
});

Deno.test("what the system has not taken counts as buffered", async () => {
  const { socket, wire, over } = open();
  wire.isFull = true;
  socket.send("hello");
  socket.send(new Uint8Array(200));
  await settled();
  assertEquals(socket.bufferedAmount, 205);
  wire.take();
  await settled();
  assertEquals(socket.bufferedAmount, 0);
  wire.push(null);
  await over;
});

Deno.test("nothing can be sent before the connection is open, and after its end nothing goes out", async () => {
  const { socket, wire, over } = open({
    before: (socket) => {
      assertEquals(socket.readyState, 0);
      const error = assertThrows(() => socket.send("early"), DOMException);
      assertEquals(error.name, "InvalidStateError");
    },
  });
  socket.close();
  socket.send("late");
  socket.send(new Blob(["later"]));
  assertEquals(socket.bufferedAmount, 9);
  wire.push(clientFrame(CLOSE));
  await over;
  socket.send("too late");
  assertEquals(wire.frames.map(shown), ["88"]);
});

Deno.test("text whose characters are cut by frames and reads is whole again (RFC 6455 5.6)", async () => {
  const { wire, events, over } = open();
  const euro = new TextEncoder().encode("\u20ac\u{1f600}");
  const octets = joined(
    clientFrame(TEXT, euro.subarray(0, 1), { isFinal: false }),
    clientFrame(0, euro.subarray(1, 5), { isFinal: false }),
    clientFrame(0, euro.subarray(5)),
  );
  wire.push(...Array.from(octets, (octet) => Uint8Array.of(octet)), null);
  await over;
  assertEquals(events[1], "message \u20ac\u{1f600} in 1");
});

Deno.test("compressed messages go both ways, and a bomb is refused: 1009 (RFC 7692)", async () => {
  const deflate = new MessageDeflate(null);
  const { socket, wire, events, over } = open({ deflate });
  socket.send("x".repeat(5_000));
  socket.send("short");
  const [long, short] = await wire.waitForFrames(2);
  assertEquals([long!.first, short!.first], [0xc1, 0x81]);
  assertEquals(deflate.inflate(long!.payload, 5_000).length, 5_000);
  wire.push(clientFrame(TEXT, Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), { rsv: 4 }));
  wire.push(clientFrame(BINARY, deflate.deflate(new Uint8Array(MAX + 500))!, { rsv: 4 }));
  await over;
  assertEquals(events[1], "message Hello in 1");
  assertEquals(events.at(-1), "close 1006  false in 3");
  const { payload } = wire.frames.at(-1)!;
  assertEquals(payload[0]! << 8 | payload[1]!, 1009);
});

Deno.test("a ping is answered with what it holds, a pong with nothing (RFC 6455 5.5)", async () => {
  const { wire, over } = open();
  wire.push(joined(clientFrame(PONG, "unasked"), clientFrame(PING, "one")));
  await wire.waitForReads(2);
  await settled();
  wire.push(clientFrame(PING, "x".repeat(125)));
  assertEquals((await wire.waitForFrames(2)).map(shown), ["8a one", `8a ${"x".repeat(125)}`]);
  wire.push(null);
  await over;
});

Deno.test("while a pong waits only the last ping is remembered (RFC 6455 5.5.3)", async () => {
  const { wire, over } = open();
  wire.isFull = true;
  wire.push(joined(...Array.from({ length: 1_000 }, (_, i) => clientFrame(PING, `${i}`))));
  await wire.waitForReads(2);
  assertEquals(wire.frames.map(shown), ["8a 0"]);
  wire.take();
  assertEquals((await wire.waitForFrames(2)).map(shown), ["8a 0", "8a 999"]);
  wire.push(null);
  await over;
});

Deno.test("nothing is read from a peer that does not take what it is sent", async () => {
  const { socket, wire, events, over } = open();
  await wire.waitForReads(1);
  wire.isFull = true;
  socket.send(new Uint8Array(2 ** 20 + 1));
  wire.push(clientFrame(TEXT, "one"), clientFrame(TEXT, "two"));
  await settled();
  // The read that was under way is over, and no other has begun.
  assertEquals([wire.reads, events.at(-1)], [1, "message one in 1"]);
  wire.take();
  await wire.waitForReads(3);
  assertEquals(events.at(-1), "message two in 1");
  wire.push(null);
  await over;
});

Deno.test("a peer for whom more than 64 MiB wait is given up", async () => {
  const { socket, wire, events, over } = open();
  wire.isFull = true;
  socket.send(new Uint8Array(2 ** 26));
  assertEquals(socket.readyState, 1);
  socket.send("one more");
  await over;
  assertEquals(events.slice(1), [
    "error The peer does not read what it is sent in 3",
    "close 1006  false in 3",
  ]);
  wire.take();
});

Deno.test("what a listener throws, or rejects with, is reported, and the others are called", async () => {
  const { socket, wire, events, reports, over } = open();
  socket.addEventListener("message", () => {
    throw new Error("thrown");
  });
  socket.addEventListener("message", { handleEvent: () => Promise.reject(new Error("rejected")) });
  socket.onmessage = () => {
    throw new Error("handler");
  };
  socket.onclose = () => Promise.reject(new Error("at the end"));
  socket.addEventListener("message", () => events.push("last"));
  wire.push(clientFrame(TEXT, "a"), clientFrame(CLOSE));
  await over;
  await settled();
  assertEquals(events, ["open in 1", "message a in 1", "last", "close 1005  true in 3"]);
  assertEquals(reports.map((error) => (error as Error).message), [
    "thrown",
    "handler",
    "rejected",
    "at the end",
  ]);
});

Deno.test("listeners come and go as on any event target", async () => {
  const { socket, wire, over } = open();
  const seen: string[] = [];
  const twice = () => seen.push("twice");
  const removed = () => seen.push("removed");
  socket.onmessage = () => seen.push("replaced");
  socket.addEventListener("message", twice);
  socket.addEventListener("message", twice);
  socket.addEventListener("message", () => seen.push("once"), { once: true });
  socket.addEventListener("message", removed);
  socket.removeEventListener("message", removed);
  socket.addEventListener("message", null);
  const handler = function (this: ServerSocket) {
    seen.push(`handler of ${this === socket}`);
  };
  socket.onmessage = handler;
  assertEquals(socket.onmessage, handler);
  wire.push(clientFrame(TEXT), clientFrame(TEXT));
  await wire.waitForReads(3);
  socket.onmessage = null;
  assertEquals(socket.onmessage, null);
  wire.push(clientFrame(TEXT), null);
  await over;
  const both = ["handler of true", "twice"];
  assertEquals(seen, [...both, "once", ...both, "twice"]);
});
