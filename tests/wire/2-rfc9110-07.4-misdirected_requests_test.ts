// RFC 9110 7.4: an https URI is for connections that are secured; a trusted gateway may ask for it in the
// clear. The corpus has what anybody else gets.

import { RequestHeadScanner } from "../../lib/http1/request_head.ts";
import { DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assertEquals, assertThrows } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";
import { toBytes } from "../support/raw_client.ts";

const HTTPS = "GET https://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n";

for (
  const [trustedProxies, status] of [[["127.0.0.1"], 200], [["192.0.2.1"], 421], [[], 421]] as const
) {
  Deno.test(
    `https in the clear is answered ${status} where ${
      trustedProxies[0] ?? "nobody"
    } is trusted (RFC 9110 7.4)`,
    async () => {
      await using server = serveTest(() => text(200, ""), { trustedProxies });
      using client = await server.connect();
      await client.send(HTTPS);
      assertEquals((await client.readResponse()).status, status);
    },
  );
}

Deno.test("a secured connection is asked for https, and for http as well (RFC 9110 7.4)", () => {
  const scan = (head: string) => {
    const octets = toBytes(head);
    return new RequestHeadScanner(DEFAULT_LIMITS, { secure: true }).parse(octets, 0, octets.length);
  };
  for (const head of [HTTPS, HTTPS.replace("https", "HTTPS"), HTTPS.replace("https", "http")]) {
    assertEquals(scan(head)?.target.form, "absolute");
  }
  assertThrows(() => scan(HTTPS.replace("https", "ws")), Error, "Only http and https");
});
