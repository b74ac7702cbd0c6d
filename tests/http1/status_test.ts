// Status codes and their reason phrases (RFC 9110 15), compared with another list where there is one.

import { REASON_PHRASES, toStatusLine } from "../../lib/http1/status.ts";
import { assert, assertEquals, stdHttp, stdHttpMissing } from "../deps.ts";
import { toText } from "../support/raw_client.ts";

/** Codes that @std/http has and we do not send: WebDAV's 102 and 418, and an expired 510. */
const LEFT_OUT = new Set([102, 418, 510]);

Deno.test({
  name: `REASON_PHRASES agree with @std/http${stdHttpMissing && ` (${stdHttpMissing})`}`,
  ignore: stdHttp === null,
  fn() {
    // Where RFC 9110 has renamed a code since.
    const renamed: Record<number, string> = {
      413: "Content Too Large",
      422: "Unprocessable Content",
    };
    for (const [code, phrase] of Object.entries(stdHttp!.STATUS_TEXT)) {
      const status = Number(code);
      if (LEFT_OUT.has(status)) continue;
      const ours = REASON_PHRASES.get(status);
      assert(ours === phrase || ours === renamed[status], `${code}: ${ours}, not ${phrase}`);
    }
  },
});

const lines: [status: number, line: string][] = [
  [100, "HTTP/1.1 100 Continue\r\n"],
  [200, "HTTP/1.1 200 OK\r\n"],
  [206, "HTTP/1.1 206 Partial Content\r\n"],
  [304, "HTTP/1.1 304 Not Modified\r\n"],
  [400, "HTTP/1.1 400 Bad Request\r\n"],
  [408, "HTTP/1.1 408 Request Timeout\r\n"],
  [413, "HTTP/1.1 413 Content Too Large\r\n"],
  [414, "HTTP/1.1 414 URI Too Long\r\n"],
  [416, "HTTP/1.1 416 Range Not Satisfiable\r\n"],
  [431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"],
  [505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"],
  [299, "HTTP/1.1 299 \r\n"],
  [999, "HTTP/1.1 999 \r\n"],
];

for (const [status, line] of lines) {
  Deno.test(`the status-line of ${status} is ${JSON.stringify(line)} (RFC 9112 4)`, () => {
    assertEquals(toText(toStatusLine(status)), line);
  });
}

Deno.test("every reason phrase is text and every code has three digits (RFC 9112 4)", () => {
  for (const [status, phrase] of REASON_PHRASES) {
    assert(status >= 100 && status <= 599 && /^[A-Za-z -]+$/.test(phrase), `${status} ${phrase}`);
  }
});
