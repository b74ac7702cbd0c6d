// Every way in which a socket ends: by itself, by the peer, by a broken rule, by silence, by the server's end
// (RFC 6455 5.5.1 and 7).

import type { ServerSocket } from "../../../../lib/handlers/apps/websocket/server_socket.ts";
import { assert, assertEquals, assertThrows } from "../../../deps.ts";
import { clientFrame, CLOSE, closing, joined, PING, PONG, TEXT } from "./client_frames.ts";
import { MAX, open, shown } from "./opened_socket.ts";

for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, NaN, -1]) {
  Deno.test(`a socket cannot be closed with ${code} (RFC 6455 7.4)`, async () => {
    const { socket, wire, over } = open();
    const error = assertThrows(() => socket.close(code), DOMException);
    assertEquals([error.name, socket.readyState], ["InvalidAccessError", 1]);
    wire.push(null);
    await over;
  });
}

Deno.test("a socket cannot be closed with a reason that does not fit", async () => {
  const { socket, wire, over } = open();
  const error = assertThrows(() => socket.close(1000, "\u00e9".repeat(62)), DOMException);
  assertEquals([error.name, socket.readyState], ["SyntaxError", 1]);
  socket.close(1011, "x".repeat(123));
  wire.push(clientFrame(CLOSE));
  await over;
});

for (
  const [close, frame] of [
    [[], "88"],
    [[1000], "88 1000"],
    [[4999, "a"], "88 4999 a"],
    [[1011, "our fault"], "88 1011 our fault"],
    [[undefined, "why"], "88 1000 why"],
  ] as [Parameters<ServerSocket["close"]>, string][]
) {
  Deno.test(`close(${close}) sends ${frame} once and waits for the peer's (RFC 6455 7.1.2)`, async () => {
    const { socket, wire, events, over } = open();
    socket.close(...close);
    socket.close(4000);
    // What was on its way is not told any more, and is not answered.
    const noText = clientFrame(TEXT, Uint8Array.of(0xff));
    wire.push(joined(clientFrame(TEXT, "late"), noText, clientFrame(PING, "late")));
    await wire.waitForReads(2);
    assertEquals(socket.readyState, 2);
    wire.push(clientFrame(CLOSE, closing(4001, "well then")));
    await over;
    assertEquals(wire.frames.map(shown), [frame]);
    assertEquals(events, ["open in 1", "close 4001 well then true in 3"]);
  });
}

Deno.test("a peer that does not answer a Close frame is not waited for for ever (RFC 6455 7.1.1)", async () => {
  const { socket, wire, events, over } = open({ closeTimeout: 0.02 });
  socket.close(1000);
  wire.push(clientFrame(TEXT, "I go on"));
  await over;
  assertEquals(wire.frames.map(shown), ["88 1000"]);
  assertEquals(events, ["open in 1", "close 1006  false in 3"]);
});

Deno.test("a peer that closes, or breaks a rule, and takes nothing is not waited for for ever", async () => {
  for (const frame of [clientFrame(CLOSE, closing(1000)), clientFrame(15)]) {
    const { wire, events, over } = open({ closeTimeout: 0.02 });
    wire.isFull = true;
    wire.push(frame);
    await over;
    assert(events.at(-1)!.startsWith("close 100"), events.at(-1));
    wire.take();
  }
});

Deno.test("a socket that is closed before it is open says so at once, and never opens", async () => {
  const { wire, events, over } = open({
    before: (socket) => socket.close(1000, "changed my mind"),
  });
  wire.push(clientFrame(CLOSE, closing(1000)));
  await over;
  assertEquals(wire.frames.map(shown), ["88 1000 changed my mind"]);
  assertEquals(events, ["close 1000  true in 3"]);
});

for (
  const [payload, answer, event] of [
    [closing(1000, "bye"), "88 1000 bye", "1000 bye"],
    [closing(1001), "88 1001", "1001 "],
    [closing(4999), "88 4999", "4999 "],
    [closing(1014), "88 1014", "1014 "],
    [new Uint8Array(), "88", "1005 "],
  ] as const
) {
  Deno.test(`a peer that closes with "${event}" is answered ${answer} (RFC 6455 5.5.1)`, async () => {
    const { wire, events, over } = open();
    wire.push(joined(clientFrame(CLOSE, payload), clientFrame(TEXT, "behind"), Uint8Array.of(255)));
    await over;
    assertEquals(wire.frames.map(shown), [answer]);
    assertEquals(events, ["open in 1", `close ${event} true in 3`]);
  });
}

const badCloses: [payload: Uint8Array, code: number][] = [
  [Uint8Array.of(3), 1002],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535].map((code) =>
    [closing(code), 1002] as [Uint8Array, number]
  ),
  [closing(1000, Uint8Array.of(0xff)), 1007],
  [closing(1000, Uint8Array.of(0xc3)), 1007],
  [closing(1000, Uint8Array.of(0xed, 0xa0, 0x80)), 1007],
];

for (const [payload, code] of badCloses) {
  Deno.test(`a Close frame with [${[...payload]}] is refused: ${code} (RFC 6455 7.4)`, async () => {
    const { wire, events, over } = open();
    wire.push(clientFrame(CLOSE, payload));
    await over;
    assertEquals(wire.frames.map(({ first, payload }) => [first, payload[0]! << 8 | payload[1]!]), [
      [0x88, code],
    ]);
    assertEquals(events.map((event) => event.split(" ")[0]), ["open", "error", "close"]);
    assertEquals(events.at(-1), "close 1006  false in 3");
  });
}

const failures: [name: string, frames: Uint8Array[], code: number][] = [
  ["a frame without a mask", [clientFrame(TEXT, "a", { key: null })], 1002],
  ["text that is no UTF-8", [clientFrame(TEXT, Uint8Array.of(0x61, 0xff))], 1007],
  ["text that breaks off", [clientFrame(TEXT, Uint8Array.of(0xe2, 0x82))], 1007],
  ["a surrogate", [clientFrame(TEXT, Uint8Array.of(0xed, 0xa0, 0x80))], 1007],
  ["an overlong octet", [clientFrame(TEXT, Uint8Array.of(0xc0, 0xaf))], 1007],
  ["a message that is too long", [clientFrame(TEXT, "", { claims: BigInt(MAX + 1) })], 1009],
  ["what is compressed though nobody agreed", [clientFrame(TEXT, "", { rsv: 4 })], 1002],
];

for (const [name, frames, code] of failures) {
  Deno.test(`${name} ends the connection: ${code}`, async () => {
    const { wire, events, over } = open();
    wire.push(joined(clientFrame(TEXT, "good"), ...frames, clientFrame(TEXT, "behind")));
    await over;
    assertEquals(wire.frames.map(({ first, payload }) => [first, payload[0]! << 8 | payload[1]!]), [
      [0x88, code],
    ]);
    assertEquals(events.length, 4);
    assertEquals([events[1], events[3]], ["message good in 1", "close 1006  false in 3"]);
    assert(events[2]!.startsWith("error "), events[2]);
  });
}

Deno.test("a peer that leaves without a word is an error, and 1006 (RFC 6455 7.1.5)", async () => {
  const { wire, events, over } = open();
  wire.push(clientFrame(TEXT, "half", { isFinal: false }), null);
  await over;
  assertEquals(events, [
    "open in 1",
    "error The peer left without a Close frame in 3",
    "close 1006  false in 3",
  ]);
});

Deno.test("a wire that breaks is an error, and 1006", async () => {
  const { wire, events, over } = open();
  wire.push(new Error("Connection reset"));
  await over;
  assertEquals(events.slice(1), ["error Connection reset in 3", "close 1006  false in 3"]);
});

Deno.test("a peer that leaves when it is told that it ends is no error", async () => {
  const { socket, wire, events, over } = open();
  socket.close(1000);
  wire.push(null);
  await over;
  assertEquals(events, ["open in 1", "close 1006  false in 3"]);
});

Deno.test("a server that stops says 1001, and waits for the answer (RFC 6455 7.4.1)", async () => {
  const { socket, wire, events, over } = open();
  wire.drain();
  assertEquals(socket.readyState, 2);
  assertEquals((await wire.waitForFrames(1)).map(shown), ["88 1001"]);
  wire.push(clientFrame(CLOSE, closing(1001)));
  await over;
  assertEquals(events, ["open in 1", "close 1001  true in 3"]);
});

Deno.test("a socket that opens while the server stops is told at once", async () => {
  const { wire, over } = open({ before: (_, wire) => wire.drain() });
  assertEquals((await wire.waitForFrames(1)).map(shown), ["88 1001"]);
  wire.push(clientFrame(CLOSE));
  await over;
});

Deno.test("a silent peer is pinged, and given up when nothing comes back", async () => {
  const { wire, events, over } = open({ idleTimeout: 0.02 });
  await over;
  assertEquals(wire.frames.map(shown), ["89"]);
  assertEquals(events, [
    "open in 1",
    "error No response from ping frame. in 3",
    "close 1006  false in 3",
  ]);
});

Deno.test("a peer that takes what is sent stays, though so much waits that its pongs are not read", async () => {
  const { wire, socket, events, over } = open({
    idleTimeout: 0.02,
    before: (_, wire) => wire.isFull = true,
  });
  const send = () => socket.send(new Uint8Array(1_500_000));
  send();
  // As much waits before and after; several times the patience goes by.
  for (let turn = 0; turn < 30; turn++) {
    send();
    wire.takeOne();
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  assertEquals(events, ["open in 1"]);
  wire.push(null);
  wire.take();
  await over;
});

Deno.test("a peer that answers pings stays", async () => {
  const { wire, events, over } = open({ idleTimeout: 0.02 });
  for (let pings = 1; pings <= 4; pings++) {
    await wire.waitForFrames(pings);
    wire.push(clientFrame(PONG));
  }
  wire.push(clientFrame(CLOSE));
  await over;
  assertEquals(events.at(-1), "close 1005  true in 3");
});
