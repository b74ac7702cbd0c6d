// RFC 9110 9.3.2: HEAD is answered as GET is, without the content.

import { assertEquals } from "../deps.ts";
import { serveTest } from "../support/echo_server.ts";
import { KINDS_OF_ANSWERS } from "../support/kinds_of_answers.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";

for (const [name, make] of KINDS_OF_ANSWERS) {
  Deno.test(`HEAD of an answer with ${name} has the fields of GET and no content (RFC 9110 9.3.2)`, async () => {
    await using server = serveTest(make);
    using client = await server.connect();
    await client.send(GET);
    const get = await client.readResponse();
    await client.send(HEAD + GET);
    const head = await client.readResponse({ head: true });
    const withoutDate = (lines: typeof get.fields) => lines.filter(([each]) => each !== "Date");
    assertEquals([head.status, withoutDate(head.fields)], [get.status, withoutDate(get.fields)]);
    assertEquals((await client.readResponse()).text(), get.text());
  });
}
