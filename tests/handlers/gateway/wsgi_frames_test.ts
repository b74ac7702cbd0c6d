// Frames, however they are cut, and what is none.

import {
  encodeFrame,
  encodeRequest,
  FrameFault,
  FrameParser,
  FROM_WORKER,
  TO_WORKER,
} from "../../../lib/handlers/gateway/wsgi_frames.ts";
import { assertEquals, assertThrows } from "../../deps.ts";
import { toBytes, toText } from "../../support/raw_client.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

/** What a parser tells of these octets, content joined up to the next frame. */
function parse(octets: Uint8Array, cuts: readonly number[]): string[] {
  const told: string[] = [];
  let content = "";
  const flush = () => {
    if (content !== "") told.push(`content ${content}`);
    content = "";
  };
  const parser = new FrameParser();
  let start = 0;
  for (const end of [...cuts, octets.length]) {
    parser.parse(octets.slice(start, end), {
      onFrame(kind, payload) {
        flush();
        told.push(`${String.fromCharCode(kind)} ${toText(payload)}`);
      },
      onContent: (piece) => content += toText(piece),
    });
    start = end;
  }
  flush();
  return told;
}

const stream = toBytes(
  "S\0\0\0\0" + "H\0\0\0\x05Head\n" + "C\0\0\0\x03abc" + "C\0\0\0\0" + "C\0\0\0\x02de" +
    "L\0\0\0\x01\xff" + "P\0\0\0\0" + "E\0\0\0\0" + "X\0\0\0\0" + "F\0\0\0\x02no",
);
const expected = ["S ", "H Head\n", "content abcde", "L \xff", "P ", "E ", "X ", "F no"];

Deno.test("a worker's frames are the same whole, octet by octet and at random cuts", () => {
  assertEquals(parse(stream, []), expected);
  assertEquals(parse(stream, Array.from(stream.keys()).slice(1)), expected);
  const random = new SeededRandom();
  for (let round = 0; round < 200; round++) {
    const cuts = random.cuts(stream.length, 12);
    assertEquals(parse(stream, cuts), expected, `seed ${random.seed}`);
  }
});

Deno.test("content is handed on before its frame is complete, and may be of any length", () => {
  const pieces: number[] = [];
  const parser = new FrameParser();
  const receiver = {
    onFrame: () => {},
    onContent: ({ length }: Uint8Array) => pieces.push(length),
  };
  parser.parse(toBytes("C\xff\xff\xff\xffabc"), receiver);
  parser.parse(toBytes("defg"), receiver);
  assertEquals(pieces, [3, 4]);
});

Deno.test("the octets may be written over as soon as they have been parsed", () => {
  const told: string[] = [];
  const parser = new FrameParser();
  const receiver = {
    onFrame: (_kind: number, payload: Uint8Array) => void told.push(toText(payload)),
    onContent: () => {},
  };
  const buffer = new Uint8Array(4);
  for (const piece of ["H\0\0\0", "\x07Hea", "d of", "L\0\0\0"]) {
    buffer.set(toBytes(piece));
    parser.parse(buffer, receiver);
  }
  assertEquals(told, ["Head of"]);
});

for (
  const [what, octets] of [
    ["a kind that there is not", "Z\0\0\0\0"],
    ["a kind that only the server sends", "R\0\0\0\0"],
    ["what a program prints", "Traceback"],
    ["an octet of zero", "\0\0\0\0\0"],
    ["a head without bounds", "H\x00\x04\x00\x01"],
    ["lines without bounds", "L\xff\xff\xff\xff"],
    ["nonsense behind a good frame", "S\0\0\0\0\r\n\r\n\r"],
  ] as const
) {
  Deno.test(`FrameParser refuses ${what}`, () => {
    assertThrows(() => parse(toBytes(octets), []), FrameFault);
    assertThrows(() => parse(toBytes(octets), [1, 2, 3, 4]), FrameFault);
  });
}

Deno.test("encodeFrame writes kind, length and payload", () => {
  assertEquals(toText(encodeFrame(TO_WORKER.abort)), "A\0\0\0\0");
  assertEquals(toText(encodeFrame(TO_WORKER.content, toBytes("ab"))), "C\0\0\0\x02ab");
  const long = encodeFrame(FROM_WORKER.content, new Uint8Array(0x010203));
  assertEquals([...long.subarray(0, 5)], [0x43, 0, 1, 2, 3]);
});

Deno.test("encodeRequest writes variables as octets, and the content behind them", () => {
  const variables = [["A", "b"], ["PATH_INFO", "/\xe9\xff"], ["E", ""]] as const;
  const content = toBytes("x\0y");
  const text = "A\0b\0PATH_INFO\0/\xe9\xff\0E\0\0";
  const length = String.fromCharCode(text.length);
  assertEquals(
    toText(encodeRequest(variables, { content, isOpen: true })),
    `R\0\0\0${String.fromCharCode(5 + text.length + 3)}\x01\0\0\0${length}${text}x\0y`,
  );
  assertEquals(encodeRequest(variables, { content, isOpen: false })[5], 0);
});
