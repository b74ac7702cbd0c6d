// RFC 6455 section 5 as octets, each case whole, octet by octet and at random cuts: what is read, what
// is refused, and that it is refused before anything is gathered for it.

import {
  type Message,
  MessageReader,
} from "../../../../lib/handlers/apps/websocket/message_reader.ts";
import { SocketFailure } from "../../../../lib/handlers/apps/websocket/socket_failure.ts";
import { assert, assertEquals } from "../../../deps.ts";
import { atRandom, perOctet, WHOLE } from "../../../support/cuts.ts";
import { SeededRandom } from "../../../support/seeded_random.ts";
import { BINARY, clientFrame, CLOSE, joined, PING, PONG, TEXT } from "./client_frames.ts";

const random = new SeededRandom();
const LIMIT = 100_000;

/** What became of octets: messages as text, and the failure's number at the end where there is one. */
function read(
  octets: Uint8Array,
  { cuts = [], mayCompress = false }: { cuts?: readonly number[]; mayCompress?: boolean } = {},
): { messages: Message[]; failure: number | null; reader: MessageReader } {
  const reader = new MessageReader({ maxLength: LIMIT, mayCompress });
  const messages: Message[] = [];
  let start = 0;
  try {
    for (const end of [...cuts, octets.length]) {
      // What the reader keeps must be its own: the buffer is used again.
      const lent = octets.slice(start, end);
      reader.push(lent);
      for (let one = reader.next(); one !== null; one = reader.next()) messages.push(one);
      lent.fill(0xff);
      start = end;
    }
  } catch (error) {
    if (!(error instanceof SocketFailure)) throw error;
    return { messages, failure: error.code, reader };
  }
  return { messages, failure: null, reader };
}

function cuttings(length: number) {
  return [
    WHOLE,
    perOctet(length),
    ...Array.from({ length: 5 }, () => atRandom(length, random)),
  ];
}

Deno.test("who is given a message may transfer it, an empty one too, and the next is whole", () => {
  for (const text of ["", "Hello"]) {
    for (let time = 0; time < 2; time++) {
      const { messages } = read(clientFrame(BINARY, text));
      assertEquals(messages.map(told), [`2:${text === "" ? "" : HELLO}`]);
      structuredClone(messages[0]!.payload, { transfer: [messages[0]!.payload.buffer] });
    }
  }
});

const told = ({ opcode, payload, isCompressed }: Message) =>
  `${opcode}${isCompressed ? "z" : ""}:${payload.length < 300 ? hex(payload) : payload.length}`;

const hex = (octets: Uint8Array) =>
  [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");

const HELLO = "48656c6c6f";
const good: [name: string, octets: Uint8Array, messages: string[], mayCompress?: boolean][] = [
  ["the text of 5.7", clientFrame(TEXT, "Hello"), [`1:${HELLO}`]],
  ["a message in two frames (5.7)", hello(3, []), [`1:${HELLO}`]],
  ["an empty message", clientFrame(TEXT), ["1:"]],
  [
    "empty frames between and at the end",
    joined(
      clientFrame(BINARY, "", { isFinal: false }),
      clientFrame(0, "ab", { isFinal: false }),
      clientFrame(0, "", { isFinal: false }),
      clientFrame(0),
    ),
    ["2:6162"],
  ],
  [
    "control frames between the frames of a message (5.4)",
    hello(2, [
      clientFrame(PING, "a"),
      clientFrame(PONG, ""),
    ]),
    ["9:61", "10:", `1:${HELLO}`],
  ],
  ["a control frame of 125 octets", clientFrame(PING, "x".repeat(125)), [
    `9:${"78".repeat(125)}`,
  ]],
  ["a Close frame, whatever is in it", clientFrame(CLOSE, "\x03\xe8"), ["8:03c3a8"]],
  [
    "one message behind the other",
    joined(
      clientFrame(TEXT, "a"),
      clientFrame(BINARY, "b"),
      clientFrame(PING),
      hello(1, []),
    ),
    ["1:61", "2:62", "9:", `1:${HELLO}`],
  ],
  ["a key of zeros", clientFrame(TEXT, "Hello", { key: [0, 0, 0, 0] }), [`1:${HELLO}`]],
  [
    "compressed messages where that is agreed",
    joined(
      clientFrame(TEXT, "a", { rsv: 4 }),
      clientFrame(BINARY, "b", { rsv: 4, isFinal: false }),
      clientFrame(0, "c"),
      clientFrame(TEXT, "d"),
    ),
    ["1z:61", "2z:6263", "1:64"],
    true,
  ],
];

for (const [name, octets, messages, mayCompress = false] of good) {
  Deno.test(`a reader takes ${name} (RFC 6455 5)`, () => {
    for (const { name: cutting, cuts } of cuttings(octets.length)) {
      const outcome = read(octets, { cuts, mayCompress });
      // The app gets the buffer itself, and nothing else must be in it.
      const room = outcome.messages.map(({ payload }) => payload.buffer.byteLength);
      assertEquals(room, outcome.messages.map(({ payload }) => payload.length));
      assertEquals([outcome.messages.map(told), outcome.failure], [messages, null], cutting);
    }
  });
}

for (const length of [0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, LIMIT]) {
  Deno.test(`a message of ${length} octets is what was sent, whatever the cuts (RFC 6455 5.2)`, () => {
    const payload = random.bytes(length);
    const octets = joined(clientFrame(BINARY, payload, { key: [...random.bytes(4)] }));
    for (const { name, cuts } of cuttings(octets.length)) {
      const { messages: [message], failure } = read(octets, { cuts });
      assertEquals(failure, null, name);
      assert(hex(message!.payload) === hex(payload), name);
      assertEquals(message!.payload.buffer.byteLength, length);
    }
  });
}

Deno.test("a message of many small frames is what was sent, with whatever keys", () => {
  const payload = random.bytes(20_000);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length;) {
    const end = Math.min(payload.length, at + random.int(40));
    frames.push(clientFrame(frames.length === 0 ? BINARY : 0, payload.subarray(at, end), {
      isFinal: end === payload.length,
      key: [...random.bytes(4)],
    }));
    at = end;
  }
  const { messages: [message], failure } = read(joined(...frames));
  assertEquals(failure, null);
  assert(hex(message!.payload) === hex(payload), `RAWSERVE_SEED=${random.seed}`);
});

const LONG = "x".repeat(126);
const bad: [name: string, octets: Uint8Array, code: number, mayCompress?: boolean][] = [
  ["RSV1 without an extension (5.2)", clientFrame(TEXT, "a", { rsv: 4 }), 1002],
  ["RSV2 (5.2)", clientFrame(TEXT, "a", { rsv: 2 }), 1002, true],
  ["RSV3 (5.2)", clientFrame(TEXT, "a", { rsv: 1 }), 1002, true],
  ["RSV1 on a ping (RFC 7692 6.1)", clientFrame(PING, "a", { rsv: 4 }), 1002, true],
  ["RSV1 on a Close (RFC 7692 6.1)", clientFrame(CLOSE, "", { rsv: 4 }), 1002, true],
  [
    "RSV1 on a continuation (RFC 7692 6.1)",
    joined(
      clientFrame(TEXT, "a", { rsv: 4, isFinal: false }),
      clientFrame(0, "b", { rsv: 4 }),
    ),
    1002,
    true,
  ],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) =>
    [`the reserved opcode ${opcode} (5.2)`, clientFrame(opcode, "a"), 1002] as const
  ).map((row) => [...row] as [string, Uint8Array, number]),
  ["a frame without a mask (5.1)", clientFrame(TEXT, "a", { key: null }), 1002],
  ["a ping without a mask (5.1)", clientFrame(PING, "", { key: null }), 1002],
  ["a ping in pieces (5.5)", clientFrame(PING, "a", { isFinal: false }), 1002],
  ["a Close in pieces (5.5)", clientFrame(CLOSE, "", { isFinal: false }), 1002],
  ["a ping of 126 octets (5.5)", clientFrame(PING, LONG), 1002],
  ["a Close of 126 octets (5.5)", clientFrame(CLOSE, LONG), 1002],
  ["a short ping with a long length (5.5)", clientFrame(PING, "a", { lengthOctets: 2 }), 1002],
  ["a continuation of nothing (5.4)", clientFrame(0, "a"), 1002],
  ["a continuation of nothing that goes on (5.4)", clientFrame(0, "a", { isFinal: false }), 1002],
  [
    "a continuation of a whole message (5.4)",
    joined(
      clientFrame(TEXT, "a"),
      clientFrame(0, "b"),
    ),
    1002,
  ],
  [
    "a message inside a message (5.4)",
    joined(
      clientFrame(TEXT, "a", { isFinal: false }),
      clientFrame(TEXT, "b"),
    ),
    1002,
  ],
  [
    "a message of another kind inside a message (5.4)",
    joined(
      clientFrame(TEXT, "a", { isFinal: false }),
      clientFrame(BINARY, "b", { isFinal: false }),
    ),
    1002,
  ],
  ["125 in two octets (5.2)", clientFrame(TEXT, "x".repeat(125), { lengthOctets: 2 }), 1002],
  ["0 in two octets (5.2)", clientFrame(TEXT, "", { lengthOctets: 2 }), 1002],
  ["126 in eight octets (5.2)", clientFrame(TEXT, LONG, { lengthOctets: 8 }), 1002],
  [
    "65535 in eight octets (5.2)",
    clientFrame(TEXT, "", { lengthOctets: 8, claims: 65_535n }),
    1002,
  ],
  ["a length with its first bit set (5.2)", clientFrame(TEXT, "", { claims: 2n ** 63n }), 1002],
  ["one octet too much", clientFrame(TEXT, "", { claims: BigInt(LIMIT + 1) }), 1009],
  ["2^63-1 octets", clientFrame(TEXT, "", { claims: 2n ** 63n - 1n }), 1009],
  [
    "a message that gets too long by its last frame",
    joined(
      clientFrame(TEXT, "x".repeat(LIMIT - 1), { isFinal: false }),
      clientFrame(0, "ab"),
    ),
    1009,
  ],
];

for (const [name, octets, code, mayCompress = false] of bad) {
  Deno.test(`a reader refuses ${name} with ${code} (RFC 6455 5)`, () => {
    for (const { name: cutting, cuts } of cuttings(octets.length)) {
      assertEquals(read(octets, { cuts, mayCompress }).failure, code, cutting);
      // What came before it is read first.
      const behind = joined(clientFrame(TEXT, "Hello"), octets);
      const { messages, failure } = read(behind, { mayCompress });
      assertEquals([told(messages[0]!), failure], [`1:${HELLO}`, code], cutting);
    }
  });
}

Deno.test("a rule is held by the octet that breaks it, not by the end of the frame", () => {
  const first = (octet: number) => read(Uint8Array.of(octet)).failure;
  assertEquals([first(0x83), first(0xc1), first(0x80), first(0x09)], [1002, 1002, 1002, 1002]);
  assertEquals(read(Uint8Array.of(0x81, 0x05)).failure, 1002);
  assertEquals(read(Uint8Array.of(0x89, 0xfe)).failure, 1002);
});

Deno.test("whatever octets come, a reader ends in messages, a wait, or one failure with a number", () => {
  for (let round = 0; round < 2_000; round++) {
    const octets = joined(
      clientFrame(random.pick([TEXT, BINARY, PING]), random.bytes(random.int(20))),
      clientFrame(random.int(16), random.bytes(random.int(130)), { isFinal: random.int(2) === 0 }),
      random.bytes(random.int(40)),
    );
    for (let spoiled = random.int(3); spoiled > 0; spoiled--) {
      octets[random.int(octets.length)] = random.int(256);
    }
    const whole = read(octets, { mayCompress: true });
    const cut = atRandom(octets.length, random);
    const inPieces = read(octets, { cuts: cut.cuts, mayCompress: true });
    assertEquals(
      [inPieces.messages.map(told), inPieces.failure],
      [whole.messages.map(told), whole.failure],
      cut.name,
    );
  }
});

/** "Hello" in two frames, cut at `at`, with `between` them. */
function hello(at: number, between: readonly Uint8Array[]): Uint8Array {
  const text = "Hello";
  return joined(
    clientFrame(TEXT, text.slice(0, at), { isFinal: false }),
    ...between,
    clientFrame(0, text.slice(at)),
  );
}
