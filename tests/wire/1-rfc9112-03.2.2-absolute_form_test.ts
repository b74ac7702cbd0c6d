// RFC 9112 3.2.2: a request-target that names the host is the one that counts.

import { assertEquals } from "../deps.ts";
import { serveTest, text } from "../support/echo_server.ts";

const authorities: [name: string, head: string, authority: string][] = [
  ["Host", "GET / HTTP/1.1\r\nHost: a.example:81", "a.example:81"],
  ["an absolute-form over Host", "GET http://b.example/ HTTP/1.1\r\nHost: a.example", "b.example"],
  ["an absolute-form without Host in 1.0", "GET http://b.example:82/ HTTP/1.0", "b.example:82"],
  ["an authority-form", "CONNECT c.example:443 HTTP/1.1\r\nHost: a.example", "c.example:443"],
  ["an empty Host", "GET / HTTP/1.1\r\nHost:", "none"],
  ["no Host in 1.0", "GET / HTTP/1.0", "none"],
];

for (const [name, head, authority] of authorities) {
  Deno.test(`the authority is that of ${name} (RFC 9112 3.2.2, 3.3)`, async () => {
    await using server = serveTest((request) => text(404, request.authority ?? "none"));
    using client = await server.connect();
    await client.send(`${head}\r\n\r\n`);
    assertEquals((await client.readResponse()).text(), authority);
  });
}
