// What is sent around content, octet by octet (RFC 9112 4, 6 and 7).

import { FieldBlock } from "../../lib/http1/field_block.ts";
import {
  boundOfResponseHead,
  CHUNK_END,
  CONTINUE,
  encodeChunkLine,
  encodeUpgradeHead,
  LAST_CHUNK,
  type ResponseHeadParts,
  serializeResponseHead,
} from "../../lib/http1/response_head.ts";
import { assert, assertEquals } from "../deps.ts";
import { toBytes, toText } from "../support/raw_client.ts";

const parts: ResponseHeadParts = {
  status: 200,
  fields: new FieldBlock([["A", "b"]]),
  framing: { kind: "none" },
  dateLine: toBytes("Date: now\r\n"),
  connection: "",
};

function headOf(changes: Partial<ResponseHeadParts>, offset = 0): string {
  const all = { ...parts, ...changes };
  const target = new Uint8Array(offset + boundOfResponseHead(all));
  return toText(target.subarray(offset, serializeResponseHead(all, target, offset)));
}

Deno.test("a head is status-line, Date, fields, framing, persistence, empty line (RFC 9112 2.1)", () => {
  assertEquals(headOf({}), "HTTP/1.1 200 OK\r\nDate: now\r\nA: b\r\n\r\n");
  assertEquals(
    headOf({ status: 404, framing: { kind: "length", length: 5 }, connection: "close" }, 7),
    "HTTP/1.1 404 Not Found\r\nDate: now\r\nA: b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
  );
  assertEquals(
    headOf({ framing: { kind: "chunked" }, connection: "keep-alive", fields: FieldBlock.EMPTY }),
    "HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n",
  );
  assertEquals(
    headOf({ framing: { kind: "until-close" }, connection: "close" }),
    "HTTP/1.1 200 OK\r\nDate: now\r\nA: b\r\nConnection: close\r\n\r\n",
  );
});

const numbers = [0, 1, 9, 10, 11, 99, 100, 999, 1000, 65_535, 2 ** 31, 2 ** 32 + 1, 10 ** 15];
numbers.push(10 ** 15 - 1, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER);

for (const length of numbers) {
  Deno.test(`Content-Length ${length} is written in decimal, and fits (RFC 9110 8.6)`, () => {
    const framing = { kind: "length", length } as const;
    const head = headOf({ framing, connection: "keep-alive" });
    assert(head.includes(`\r\nContent-Length: ${length}\r\n`), head);
    assert(head.length <= boundOfResponseHead({ ...parts, framing, connection: "keep-alive" }));
  });
}

Deno.test("a head touches nothing outside of itself", () => {
  const target = new Uint8Array(300).fill(0x2e);
  const end = serializeResponseHead(parts, target, 50);
  assertEquals(toText(target.subarray(0, 50)), ".".repeat(50));
  assertEquals(toText(target.subarray(end)), ".".repeat(300 - end));
});

const sizes: [size: number, line: string][] = [
  [1, "1\r\n"],
  [15, "f\r\n"],
  [16, "10\r\n"],
  [255, "ff\r\n"],
  [65_536, "10000\r\n"],
  [Number.MAX_SAFE_INTEGER, "1fffffffffffff\r\n"],
];

for (const [size, line] of sizes) {
  Deno.test(`the line before a chunk of ${size} octets is its size in hexadecimal (RFC 9112 7.1)`, () => {
    assertEquals(toText(encodeChunkLine(size)), line);
  });
}

Deno.test("the frame around chunks and the interim response are what the RFC says", () => {
  assertEquals(toText(CHUNK_END), "\r\n");
  assertEquals(toText(LAST_CHUNK), "0\r\n\r\n");
  assertEquals(toText(CONTINUE), "HTTP/1.1 100 Continue\r\n\r\n");
});

Deno.test("the head of 101 names the protocol in the field that Connection names, and frames nothing (RFC 9110 7.8)", () => {
  const { dateLine, fields } = parts;
  assertEquals(
    toText(encodeUpgradeHead({ protocol: "echo/2", dateLine, fields })),
    "HTTP/1.1 101 Switching Protocols\r\nDate: now\r\nConnection: Upgrade\r\nUpgrade: echo/2\r\n" +
      "A: b\r\n\r\n",
  );
});
