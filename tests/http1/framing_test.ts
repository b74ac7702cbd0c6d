// Where a message's content ends, for requests beyond the corpus and for responses (RFC 9112 6.3).

import {
  mayHaveContent,
  parseRequestFraming,
  type RequestFraming,
  toResponseFraming,
} from "../../lib/http1/framing.ts";
import { Fields } from "../../lib/http1/fields.ts";
import { ProtocolError } from "../../lib/http1/protocol_error.ts";
import { assertEquals, assertThrows } from "../deps.ts";
import { toBytes } from "../support/raw_client.ts";

function fieldsOf(...lines: [name: string, value: string][]): Fields {
  let text = "";
  const spans: number[] = [];
  for (const [name, value] of lines) {
    spans.push(text.length, text.length + name.length);
    text += name;
    spans.push(text.length, text.length + value.length);
    text += value;
  }
  return new Fields(toBytes(text), {
    start: 0,
    spans: Int32Array.from(spans),
    spanCount: spans.length,
  });
}

const lengths: [value: string, length: number][] = [
  ["0", 0],
  ["1", 1],
  ["0000", 0],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["0".repeat(400) + "7", 7],
];

for (const [value, length] of lengths) {
  Deno.test(`Content-Length ${value.slice(0, 20)} is ${length} (RFC 9110 8.6)`, () => {
    for (const version of ["1.0", "1.1"] as const) {
      assertEquals(parseRequestFraming(fieldsOf(["content-LENGTH", value]), version), {
        kind: "length",
        length,
      });
    }
  });
}

for (
  const value of ["", " 5", "5 ", "+5", "5,", "5;", "0b1", "\u0665", "5\n", "1e3", "NaN", "-1"]
) {
  Deno.test(`Content-Length ${JSON.stringify(value)} is refused (RFC 9112 6.3)`, () => {
    const fields = fieldsOf(["Content-Length", value]);
    const error = assertThrows(() => parseRequestFraming(fields, "1.1"), ProtocolError);
    assertEquals([error.status, error.section], [400, "RFC 9112 6.3"]);
  });
}

for (const value of ["9007199254740992", "9".repeat(30), "9".repeat(400)]) {
  Deno.test(`Content-Length ${value.slice(0, 20)}... is more than can be counted (RFC 9110 8.6)`, () => {
    const fields = fieldsOf(["Content-Length", value]);
    assertEquals(assertThrows(() => parseRequestFraming(fields, "1.1"), ProtocolError).status, 413);
  });
}

Deno.test("neither field is no content (RFC 9112 6.3)", () => {
  const none: RequestFraming = { kind: "none" };
  const fields = fieldsOf(["Content-Lengths", "5"], ["Transfer_Encoding", "chunked"]);
  assertEquals(parseRequestFraming(fields, "1.1"), none);
});

const codings: [lines: string[], status: number][] = [
  [["gzip, chunked"], 501],
  [["a;b=c, chunked"], 501],
  [["gzip", "deflate", "chunked"], 501],
  [["chunked, gzip, chunked"], 400],
  [["chunked;a=b, chunked"], 400],
  [["chunked , chunked"], 400],
  [["gzip, , chunked"], 400],
  [["", "chunked"], 400],
  [["chunked", ""], 400],
  [["chunked", "chunked"], 400],
  [["chunked, identity"], 400],
  [["x-chunked"], 400],
  [["chunked\xa0"], 400],
  [["\xa0chunked"], 400],
];

for (const [lines, status] of codings) {
  Deno.test(`Transfer-Encoding ${JSON.stringify(lines)} is refused with ${status} (RFC 9112 6.1)`, () => {
    const fields = fieldsOf(...lines.map((line): [string, string] => ["Transfer-Encoding", line]));
    const error = assertThrows(() => parseRequestFraming(fields, "1.1"), ProtocolError);
    assertEquals(error.status, status);
  });
}

Deno.test("a list with much white space in it is read in linear time (RFC 9110 5.6.1)", () => {
  const fields = fieldsOf(["Transfer-Encoding", `a${" ".repeat(2_000_000)}b, chunked`]);
  assertEquals(assertThrows(() => parseRequestFraming(fields, "1.1"), ProtocolError).status, 501);
});

Deno.test("a response's framing follows its status and the request's version (RFC 9112 6.3)", () => {
  for (const version of ["1.0", "1.1"] as const) {
    for (const status of [100, 103, 199, 204, 304]) {
      for (const length of [null, 0, 5]) {
        assertEquals(toResponseFraming(status, { version, length }), { kind: "none" });
      }
      assertEquals(mayHaveContent(status), false);
    }
    for (const length of [null, 0, 5]) {
      assertEquals(toResponseFraming(205, { version, length }), { kind: "length", length: 0 });
    }
    assertEquals(mayHaveContent(205), false);
    for (const status of [200, 206, 301, 404, 500]) {
      assertEquals(toResponseFraming(status, { version, length: 0 }), {
        kind: "length",
        length: 0,
      });
      assertEquals(toResponseFraming(status, { version, length: null }), {
        kind: version === "1.1" ? "chunked" : "until-close",
      });
      assertEquals(mayHaveContent(status), true);
    }
  }
});
