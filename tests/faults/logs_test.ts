// The request log's place is full, or nobody reads it: that is the log's trouble and nobody else's.
// A reader that goes away or stops reading is also in tests/cli/run_test.ts; here it is about memory.

import { startServing } from "../cli/started_program.ts";
import { assertEquals, assertGreater, assertLess } from "../deps.ts";
import { residentOctetsOf } from "../support/process_resources.ts";
import { connect, toBytes } from "../support/raw_client.ts";
import { toRequest } from "../support/served_folder.ts";

const ignore = Deno.build.os !== "linux";
const MEBI = 1_048_576;
/** 8,000 such requests are some 56 MB of log. */
const TARGET_LENGTH = 7_000;

Deno.test({
  name: "a full disk for the log is told of once, and requests are answered",
  ignore,
  fn: async () => {
    const { program, port } = await startServing([], { shell: 'exec "$@" >/dev/full' });
    await using _ = program;
    const full =
      /^Cannot write the log: No space left on device \(os error 28\); it is tried again$/;
    {
      using client = await connect(port);
      await client.send(toRequest("GET", "/"));
      assertEquals((await client.readResponse()).status, 200);
      await program.waitForLine(full, { from: "stderr" });
      await client.send(toRequest("GET", "/nothing").repeat(100));
      for (let i = 0; i < 100; i++) assertEquals((await client.readResponse()).status, 404);
    }
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
    const told = program.stderr.split("\n").slice(1);
    assertEquals(told.filter((line) => full.test(line)).length, 1);
    assertEquals(told.at(-1), "The log lost 101 lines");
    assertEquals(program.stdout, "");
  },
});

Deno.test({
  name: "a log that nobody reads takes its share of memory and no more",
  ignore,
  fn: async () => {
    // The program holds both ends of its standard output, and reads neither.
    const shell = 'p=$(mktemp -u) && mkfifo "$p" && exec 3<>"$p" && rm "$p" && exec "$@" >&3';
    const { program, port } = await startServing([], { shell });
    await using _ = program;
    using client = await connect(port);
    const requests = toBytes(toRequest("GET", `/${"x".repeat(TARGET_LENGTH)}`).repeat(100));
    const answerHundred = async () => {
      await client.send(requests);
      for (let i = 0; i < 100; i++) assertEquals((await client.readResponse()).status, 404);
    };
    // The first requests fill pipe and queue, so that what grows after them is what has no bound.
    for (let i = 0; i < 16; i++) await answerHundred();
    const before = residentOctetsOf(program.pid);
    for (let i = 0; i < 64; i++) await answerHundred();
    assertLess(residentOctetsOf(program.pid) - before, 24 * MEBI);
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
    const lost = /^The log lost (\d+) lines$/m.exec(program.stderr)?.[1];
    assertGreater(Number(lost), 7_000);
  },
});
