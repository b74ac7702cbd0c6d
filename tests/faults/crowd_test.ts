// Ten thousand connections that say nothing, a few that do, and thousands that come and go.
//
// Half of the silent ones have never said anything, half have been answered once. Nobody else waits for
// them, and when they leave, what they held is given back.

import { startServing } from "../cli/started_program.ts";
import { assertEquals, assertGreaterOrEqual } from "../deps.ts";
import { makeFolder } from "../support/fixture_folder.ts";
import { descriptorLimit, descriptorsOf, until } from "../support/process_resources.ts";
import { connect } from "../support/raw_client.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { assertSameOctets, toRequest } from "../support/served_folder.ts";

const SILENT = 10_000;
/** What the test itself needs besides. */
const SPARE = 500;
const limit = descriptorLimit();
const ignore = limit < SILENT + SPARE;
const because = ignore ? ` (ignored: only ${limit} descriptors are allowed)` : "";
const LARGE = new SeededRandom(1).bytes(300_000);
const SMALL = new TextEncoder().encode("small\n");
const FILES = { "small.txt": SMALL, "large.bin": LARGE };
const REQUEST = new TextEncoder().encode(toRequest("GET", "/small.txt"));

Deno.test({
  name: `10,000 silent connections hold nobody up, and cost nothing when they are gone${because}`,
  ignore,
  fn: async () => {
    await using folder = makeFolder(FILES);
    const { program, port } = await startServing([folder.path, "--idle", "600"]);
    await using _ = program;
    const before = descriptorsOf(program.pid);
    const silent: Deno.Conn[] = [];
    try {
      await inParallel(SILENT, async (i) => {
        const peer = await Deno.connect({ hostname: "127.0.0.1", port });
        silent.push(peer);
        if (i % 2 === 0) return;
        await peer.write(REQUEST);
        await peer.read(new Uint8Array(4_096));
      });
      await until(() => descriptorsOf(program.pid), (now) => now === before + SILENT);
      await Promise.all(Array.from({ length: 8 }, () => getManyTimes(port)));
      assertGreaterOrEqual(descriptorsOf(program.pid), before + SILENT);
    } finally {
      for (const peer of silent) peer.close();
    }
    await until(() => descriptorsOf(program.pid), (now) => now === before);
    await getManyTimes(port);
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
    assertEquals(program.stderr.split("\n").length, 1, program.stderr);
  },
});

Deno.test({
  name: "3,000 connections that come, ask once and go leave nothing behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using folder = makeFolder(FILES);
    const { program, port } = await startServing([folder.path]);
    await using _ = program;
    const before = descriptorsOf(program.pid);
    await inParallel(3_000, async () => {
      using client = await connect(port);
      await client.send(REQUEST);
      assertSameOctets((await client.readResponse()).content, SMALL);
    });
    await until(() => descriptorsOf(program.pid), (now) => now === before);
  },
});

/** Asks for both files again and again, on one connection. */
async function getManyTimes(port: number): Promise<void> {
  using client = await connect(port);
  for (let i = 0; i < 20; i++) {
    for (const [name, octets] of Object.entries(FILES)) {
      await client.send(toRequest("GET", `/${name}`));
      assertSameOctets((await client.readResponse()).content, octets, name);
    }
  }
}

/** Calls `act` `count` times, 50 of them under way at a time. */
async function inParallel(count: number, act: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 50 }, async () => {
    while (next < count) await act(next++);
  }));
}
