// lib/cli/line_buffer.ts: octets as they were put, whatever the buffer's size.

import { LineBuffer } from "../../lib/cli/line_buffer.ts";
import { assertEquals } from "../deps.ts";

function textOf(put: (line: LineBuffer) => void, room?: number): string {
  const line = new LineBuffer(room);
  put(line);
  return new TextDecoder().decode(line.take());
}

Deno.test("LineBuffer escapes what does not print, quotes and backslashes as hexadecimal", () => {
  const agent = "Mozilla/5.0 (X11) [a] 'b'";
  assertEquals(textOf((line) => line.escaped(agent)), agent);
  const hostile = '\x1b[31m"\\\t\x7f\x9b\xe9\0\u2028';
  assertEquals(
    textOf((line) => line.escaped(hostile)),
    "\\x1B[31m\\x22\\x5C\\x09\\x7F\\x9B\\xE9\\x00?",
  );
});

Deno.test("LineBuffer writes numbers as they are read", () => {
  for (
    const number of [
      0,
      7,
      9,
      10,
      99,
      100,
      200,
      999_999_999,
      1_000_000_000,
      4_294_967_296,
      Number.MAX_SAFE_INTEGER,
    ]
  ) {
    assertEquals(textOf((line) => line.number(number)), String(number));
  }
});

Deno.test("LineBuffer grows where its room ends, in whatever is put", () => {
  const long = "\x00".repeat(5_000);
  for (const room of [0, 1, 2, 3, 7, 64]) {
    const text = textOf((line) => {
      line.plain("ab").number(12_345).octets(new Uint8Array([0x2c, 0xff])).escaped('"').text("日本")
        .escaped(long).plain(".");
    }, room);
    assertEquals(text, `ab12345,\ufffd\\x22日本${"\\x00".repeat(5_000)}.`);
  }
});

Deno.test("LineBuffer takes back what is cut off, and is empty when it was taken", () => {
  const line = new LineBuffer();
  line.plain("one\n").plain("two\n").truncate(4);
  const taken = line.take();
  line.plain("three\n");
  assertEquals(new TextDecoder().decode(taken), "one\n");
  assertEquals([line.length, new TextDecoder().decode(line.take())], [6, "three\n"]);
});
