// RFC 9110 6.6.1: every answer has the date of the second in which it is made.

import { assert, assertEquals, assertMatch } from "../deps.ts";
import { serveTest } from "../support/echo_server.ts";
import { KINDS_OF_ANSWERS } from "../support/kinds_of_answers.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

for (const [name, make] of KINDS_OF_ANSWERS) {
  Deno.test(`an answer with ${name} has a valid Date of now (RFC 9110 6.6.1)`, async () => {
    await using server = serveTest(make);
    using client = await server.connect();
    const before = Math.floor(Date.now() / 1000) * 1000;
    await client.send(GET);
    const date = (await client.readResponse()).field("date")!;
    assertMatch(
      date,
      /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
    );
    assertEquals(new Date(date).toUTCString(), date);
    assert(Date.parse(date) >= before && Date.parse(date) <= Date.now());
  });
}
