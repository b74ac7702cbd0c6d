// Programs that were written to bring servers down, and programs that were written to see what they bear.
//
// slowhttptest makes each of its four attacks with a few dozen connections, all four at the same time,
// while curl asks for a page and a file over and over: no single answer may be missing. wrk and h2load
// ask as fast as they can, and count what fails (ab is in ab_test.ts).

import { stripVTControlCharacters } from "node:util";
import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../deps.ts";
import { makeFolder } from "../support/fixture_folder.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { assertSameOctets } from "../support/served_folder.ts";
import { needs, runClient } from "./client_program.ts";

const PAGE = new TextEncoder().encode("<!doctype html>\n<p>A page\n");
const BIG = new SeededRandom(1).bytes(2_000_000);
/** More than lies in the system's buffers while its reader takes its time. */
const LONG = new Uint8Array(8_000_000).map((_, i) => i >> 10);
const FILES = { "index.html": PAGE, "big.bin": BIG, "long.bin": LONG };

/** Options of slowhttptest for each of its attacks. */
const ATTACKS: readonly (readonly [name: string, path: string, ...string[]])[] = [
  ["slow heads", "/", "-H", "-i", "1"],
  ["slow content", "/", "-B", "-i", "1", "-s", "8192"],
  ["a thousand ranges", "/big.bin", "-R", "-a", "5", "-b", "3000"],
  ["slow readers", "/big.bin", "-X", "-w", "1", "-y", "64", "-n", "1", "-z", "8", "-k", "3"],
];

{
  const { ignore, because } = needs("slowhttptest", "curl");
  Deno.test({
    name: `slowhttptest keeps nobody from being answered${because}`,
    ignore,
    fn: async () => {
      await using folder = makeFolder(FILES);
      const { program, port } = await startServing([folder.path, "--log", "none"]);
      await using _ = program;
      const origin = `http://127.0.0.1:${port}`;
      const attacks = ATTACKS.map(async ([name, path, ...args]) => {
        const { code, text } = await runClient("slowhttptest", [
          ...args,
          ...["-c", "40", "-r", "40", "-l", "3", "-p", "3", "-u", origin + path],
        ]);
        assertEquals(code, 0, name);
        const available = stripVTControlCharacters(text()).matchAll(/service available: *(\w+)/g);
        assertEquals(new Set(Array.from(available, ([, word]) => word)), new Set(["YES"]), name);
      });
      let isOver = false;
      let answers = 0;
      const honest = (async () => {
        while (!isOver) {
          const urls = [`${origin}/`, `${origin}/big.bin`, `${origin}/`];
          const { code, output, errors } = await runClient("curl", ["-sSf", "-m", "20", ...urls]);
          assertEquals(code, 0, errors);
          assertSameOctets(output, Uint8Array.from([...PAGE, ...BIG, ...PAGE]));
          answers += urls.length;
        }
      })();
      await Promise.allSettled(attacks);
      isOver = true;
      await Promise.all([honest, ...attacks]);
      assertGreater(answers, 0);
      assertEquals(program.stderr.split("\n").length, 1, program.stderr);
    },
  });
}

{
  const { ignore, because } = needs("curl");
  Deno.test({
    name: `curl --limit-rate gets all of a file that it takes slowly${because}`,
    ignore,
    fn: async () => {
      await using folder = makeFolder(FILES);
      const { program, port } = await startServing([folder.path]);
      await using _ = program;
      const url = `http://127.0.0.1:${port}/long.bin`;
      const { code, output, errors } = await runClient("curl", ["-sS", "--limit-rate", "4M", url]);
      assertEquals(code, 0, errors);
      assertSameOctets(output, LONG);
    },
  });
}

{
  const { ignore, because } = needs("wrk");
  Deno.test({
    name: `wrk finds no error, whatever the size${because}`,
    ignore,
    fn: async () => {
      await using folder = makeFolder(FILES);
      const { program, port } = await startServing([folder.path, "--log", "none"]);
      await using _ = program;
      for (const path of ["/", "/big.bin"]) {
        const url = `http://127.0.0.1:${port}${path}`;
        const { code, text } = await runClient("wrk", ["-t", "1", "-c", "20", "-d", "1s", url]);
        assertEquals(code, 0);
        assertMatch(text(), /^ +[1-9]\d* requests in /m);
        assert(!/Socket errors|Non-2xx/.test(text()), text());
      }
    },
  });
}

{
  const { ignore, because } = needs("h2load");
  Deno.test({
    name: `h2load --h1 gets every answer, one or many at a time${because}`,
    ignore,
    fn: async () => {
      await using folder = makeFolder(FILES);
      const { program, port } = await startServing([folder.path, "--log", "none"]);
      await using _ = program;
      for (const [path, count, atOnce] of [["/", 2000, 1], ["/", 2000, 8], ["/big.bin", 100, 1]]) {
        const url = `http://127.0.0.1:${port}${path}`;
        const { code, text } = await runClient("h2load", [
          ...["--h1", "-n", `${count}`, "-c", "20", "-m", `${atOnce}`, url],
        ]);
        assertEquals(code, 0);
        assertMatch(
          text(),
          new RegExp(`${count} done, ${count} succeeded, 0 failed, 0 errored, 0 timeout\n`),
        );
        assertMatch(text(), new RegExp(`status codes: ${count} 2xx, 0 3xx, 0 4xx, 0 5xx\n`));
      }
    },
  });
}
