// RFC 7692: which offers are met, what is sent instead of a message, and what is refused.

import { deflateRawSync } from "node:zlib";
import {
  CLOSE_CODES,
  SocketFailure,
} from "../../../../lib/handlers/apps/websocket/socket_failure.ts";
import {
  agreeOnDeflate,
  MessageDeflate,
} from "../../../../lib/handlers/apps/websocket/message_deflate.ts";
import { assert, assertEquals, assertThrows } from "../../../deps.ts";
import { SeededRandom } from "../../../support/seeded_random.ts";

const NONE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const encoder = new TextEncoder();
const random = new SeededRandom();

const offers: [offer: string, agreed: string | null][] = [
  ["permessage-deflate", NONE],
  ["permessage-deflate; client_max_window_bits", NONE],
  ["permessage-deflate; client_max_window_bits=8", NONE],
  ["permessage-deflate;server_no_context_takeover;client_no_context_takeover", NONE],
  ["permessage-deflate; server_max_window_bits=9", `${NONE}; server_max_window_bits=9`],
  ['permessage-deflate; server_max_window_bits="15"', `${NONE}; server_max_window_bits=15`],
  ["x-other, permessage-deflate", NONE],
  ['x-other; a=b; c="d", , permessage-deflate', NONE],
  // What cannot be met is declined, and the next is looked at.
  ["permessage-deflate; server_max_window_bits=8", null],
  ["permessage-deflate; server_max_window_bits=8, permessage-deflate", NONE],
  ["permessage-deflate; server_max_window_bits", null],
  ["permessage-deflate; server_max_window_bits=7", null],
  ["permessage-deflate; server_max_window_bits=16", null],
  ["permessage-deflate; server_max_window_bits=010", null],
  ["permessage-deflate; server_max_window_bits=1e1", null],
  ["permessage-deflate; client_max_window_bits=16", null],
  ["permessage-deflate; client_max_window_bits=x", null],
  ["permessage-deflate; server_no_context_takeover=1", null],
  ["permessage-deflate; client_no_context_takeover=true", null],
  ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", null],
  ["permessage-deflate; unheard_of", null],
  ["permessage-deflate; unheard_of=1, permessage-deflate; client_max_window_bits", NONE],
  ["x-webkit-deflate-frame", null],
  ["", null],
];

for (const [offer, agreed] of offers) {
  Deno.test(`the offer ${JSON.stringify(offer)} is ${agreed === null ? "declined" : "met"} (RFC 7692 7.1)`, () => {
    assertEquals(agreeOnDeflate(offer)?.extension ?? null, agreed);
  });
}

for (
  const offer of [
    ";",
    "=",
    "permessage-deflate;",
    "permessage-deflate; a=",
    "a b",
    "a; b c",
    'a; b="',
    'a; b=""',
    'a; b="c d"',
    "a=b",
    "a; =b",
    "\u00e9",
  ]
) {
  Deno.test(`the offer ${JSON.stringify(offer)} is no list of extensions (RFC 6455 9.1)`, () => {
    assertThrows(() => agreeOnDeflate(offer), SyntaxError);
  });
}

Deno.test("more extensions than anybody has are no offer", () => {
  assertThrows(() => agreeOnDeflate("a,".repeat(33)), SyntaxError);
});

for (const bits of [null, 9, 12, 15]) {
  Deno.test(`what is sent with a window of ${bits ?? "any size"} is what was meant (RFC 7692 7.2)`, () => {
    const deflate = new MessageDeflate(bits);
    const text = Array.from({ length: 20_000 }, () => random.pick(["a", "bc", "def "])).join("");
    const octets = encoder.encode(text);
    const sent = deflate.deflate(octets)!;
    assert(sent.length < octets.length / 2, `${sent.length} of ${octets.length}`);
    // The end that each message has is not sent.
    assert(sent.at(-1) !== 0xff || sent.at(-2) !== 0xff);
    const back = deflate.inflate(sent, octets.length);
    assertEquals(back.length, octets.length);
    assert(new TextDecoder().decode(back) === text);
    assertEquals(back.buffer.byteLength, back.length);
  });
}

Deno.test("each message stands by itself (RFC 7692 7.1.1)", () => {
  const deflate = new MessageDeflate(null);
  const octets = encoder.encode("to be or not to be, ".repeat(100));
  assertEquals(deflate.deflate(octets), deflate.deflate(octets));
});

Deno.test("short, long and random messages are sent as they are", () => {
  const deflate = new MessageDeflate(null);
  assertEquals(deflate.deflate(encoder.encode("x".repeat(1023))), null);
  assertEquals(deflate.deflate(new Uint8Array(2 ** 20 + 1)), null);
  assertEquals(deflate.deflate(random.bytes(5000)), null);
});

const inflated: [name: string, octets: number[], text: string][] = [
  ["Hello (7.2.3.1)", [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], "Hello"],
  [
    "a stored block (7.2.3.3)",
    [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
    "Hello",
  ],
  ["a block that ends all (7.2.3.4)", [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], "Hello"],
  ["two blocks (7.2.3.5)", [
    0xf2,
    0x48,
    0x05,
    0x00,
    0x00,
    0x00,
    0xff,
    0xff,
    0xca,
    0xc9,
    0xc9,
    0x07,
    0x00,
  ], "Hello"],
  ["an empty message (7.2.3.6)", [0x00], ""],
  ["an empty message of a fixed block", [0x02, 0x00], ""],
];

for (const [name, octets, text] of inflated) {
  Deno.test(`${name} is inflated (RFC 7692)`, () => {
    const back = new MessageDeflate(null).inflate(Uint8Array.from(octets), 5);
    assertEquals(new TextDecoder().decode(back), text);
  });
}

const spoiled: [name: string, octets: number[]][] = [
  ["nothing at all", []],
  ["a reserved kind of block", [0x06]],
  ["a message that breaks off", [0xf2, 0x48, 0xcd]],
  ["a stored block that breaks off", [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65]],
  ["a stored block with a bad length", [0x00, 0x05, 0x00, 0xfa, 0xfe, 0x48]],
  // The second message of 7.2.3.2: it refers to the first, which nobody has kept.
  ["what refers to the message before", [0xf2, 0x00, 0x11, 0x00, 0x00]],
];

for (const [name, octets] of spoiled) {
  Deno.test(`${name} is no compressed message: 1007 (RFC 7692 7.2.2)`, () => {
    const error = assertThrows(
      () => new MessageDeflate(null).inflate(Uint8Array.from(octets), 1000),
      SocketFailure,
    );
    assertEquals(error.code, CLOSE_CODES.invalidPayload);
  });
}

Deno.test("a message that inflates to more than is taken is refused: 1009", () => {
  const deflate = new MessageDeflate(null);
  for (const [length, limit] of [[101, 100], [1, 0], [2 ** 26, 2 ** 20]] as const) {
    const bomb = deflateRawSync(new Uint8Array(length)).subarray(0);
    const error = assertThrows(() => deflate.inflate(bomb, limit), SocketFailure);
    assertEquals(error.code, CLOSE_CODES.tooBig, `${length} octets`);
  }
  assertEquals(deflate.inflate(deflateRawSync(new Uint8Array(100)), 100).length, 100);
});

Deno.test("whatever octets come, inflating them ends in a message or in 1007 or 1009", () => {
  const deflate = new MessageDeflate(null);
  for (let round = 0; round < 3_000; round++) {
    const octets = round % 2 === 0
      ? random.bytes(random.int(40))
      : Uint8Array.from(deflate.deflate(encoder.encode("abc".repeat(400)))!);
    if (octets.length > 0) octets[random.int(octets.length)] = random.int(256);
    try {
      assert(deflate.inflate(octets, 2_000).length <= 2_000);
    } catch (error) {
      if (!(error instanceof SocketFailure)) throw error;
      assert(error.code === 1007 || error.code === 1009, String(error.code));
    }
  }
});
