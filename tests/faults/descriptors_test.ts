// Descriptors run out, and come back. While there are none, a request on an open connection that needs
// one is told to come again, one that needs none is answered, new connections wait in the system's
// queue, and the log is not flooded. Afterwards nobody has been forgotten and nothing is lost.

import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals } from "../deps.ts";
import { makeFolder } from "../support/fixture_folder.ts";
import { descriptorsOf, until } from "../support/process_resources.ts";
import { connect, type RawClient, type RawResponse } from "../support/raw_client.ts";
import { assertSameOctets, toRequest } from "../support/served_folder.ts";

const ignore = Deno.build.os !== "linux";
const SHORTAGE = /^Cannot accept connections for now: Too many open files/;
/** How long the program keeps silent about the next shortage. */
const SHORTAGE_PERIOD_MS = 10_000;

const BIG = new Uint8Array(3_000_000).fill(0x42);
const TEXT = "A line that becomes smaller when it is compressed\n";
/** What needs a descriptor: its target, field lines, and the coding that it comes in when there are some. */
const NEEDY: readonly [what: string, target: string, coding: string | null, ...string[]][] = [
  ["a small file", "/small.txt", null],
  ["a big file", "/big.bin", null],
  ["a range of a big file", "/big.bin", null, "Range: bytes=1000-1999"],
  ["two ranges of a big file", "/big.bin", null, "Range: bytes=0-9,1000-1999"],
  ["a variant that is made and kept", "/kept.txt", "br", "Accept-Encoding: br"],
  ["a variant that is made while it is sent", "/streamed.txt", "gzip", "Accept-Encoding: gzip"],
  ["a variant that lies beside", "/beside.txt", "br", "Accept-Encoding: br"],
  ["a listing", "/folder/", null],
  ["a listing as JSON", "/folder/", null, "Accept: application/json"],
  ["an archive", "/folder/?archive=tar", null],
  ["the page for what is missing", "/missing", null],
];

Deno.test({
  name: "without descriptors nobody is lost, answered wrongly or left waiting for ever",
  ignore,
  fn: async () => {
    await using folder = makeFolder({
      "small.txt": "small\n",
      "404.html": "<p>Missing\n",
      "big.bin": BIG,
      "kept.txt": TEXT.repeat(10_000),
      "streamed.txt": TEXT.repeat(200_000),
      "beside.txt": TEXT.repeat(10_000),
      "beside.txt.br": "as if it were smaller",
      folder: { "a.txt": "a" },
    });
    const { program, port } = await startServing(["--archive", folder.path], {
      shell: 'ulimit -n 64; exec "$@"',
    });
    await using _ = program;
    const before = await countDescriptors(program.pid, port);
    const began = performance.now();

    const clients: RawClient[] = [];
    const answers: Promise<RawResponse>[] = [];
    try {
      for (let i = 0; i < 64; i++) {
        const client = await connect(port);
        clients.push(client);
        answers.push(askOptions(client));
      }
      await program.waitForLine(SHORTAGE, { from: "stderr" });
      const first = clients[0]!;
      assertEquals((await answers[0]!).status, 204);

      for (const [what, target, , ...lines] of NEEDY) {
        const response = await ask(first, target, ...lines);
        assertEquals([response.status, response.field("retry-after")], [503, "1"], what);
      }
      assertEquals((await askOptions(first)).status, 204);

      // Each that leaves lets another one in.
      for (let i = 1; i < clients.length; i++) {
        assertEquals((await answers[i]!).status, 204);
        clients[i]!.close();
      }
      for (const [what, target, coding, ...lines] of NEEDY) {
        const response = await ask(first, target, ...lines);
        assert(response.status !== 503, what);
        assertEquals(response.field("content-encoding"), coding, what);
      }
      assertSameOctets((await ask(first, "/big.bin")).content, BIG);
    } finally {
      for (const client of clients) client.close();
      await Promise.allSettled(answers);
    }
    assertEquals(await until(() => descriptorsOf(program.pid), (now) => now === before), before);
    const told = program.lines.filter(({ from }) => from === "stderr").slice(1);
    assert(
      told.length <= 1 + (performance.now() - began) / SHORTAGE_PERIOD_MS &&
        told.every(({ text }) => SHORTAGE.test(text)),
      program.stderr,
    );
  },
});

/** How many descriptors the server has when nobody is connected; the first request may open some for good. */
async function countDescriptors(pid: number, port: number): Promise<number> {
  const atStart = descriptorsOf(pid);
  {
    using client = await connect(port);
    await askOptions(client);
    assertEquals(descriptorsOf(pid), atStart + 1);
  }
  return await until(() => descriptorsOf(pid), (now) => now <= atStart);
}

/** What needs no descriptor. */
async function askOptions(client: RawClient): Promise<RawResponse> {
  await client.send(toRequest("OPTIONS", "*"));
  return await client.readResponse();
}

async function ask(
  client: RawClient,
  target: string,
  ...lines: readonly string[]
): Promise<RawResponse> {
  await client.send(toRequest("GET", target, ...lines));
  return await client.readResponse();
}
