// Killed in the middle of everything, and started again at the same place at once: nothing that the
// system still remembers of the old server may keep the new one from its port or its socket.

import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals } from "../deps.ts";
import { makeFolder } from "../support/fixture_folder.ts";
import { until } from "../support/process_resources.ts";
import { connect, type RawClient, type ServerAddress } from "../support/raw_client.ts";
import { toRequest } from "../support/served_folder.ts";

const FILES = { "small.txt": "small\n", "big.bin": new Uint8Array(16_000_000) };

Deno.test({
  name: "after SIGKILL a server starts again on the same port at once",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using folder = makeFolder(FILES);
    const { program: first, port } = await startServing([folder.path]);
    await using _ = first;
    // The side that ends first keeps the address for a minute.
    for (let i = 0; i < 5; i++) {
      using client = await connect(port);
      await client.send(toRequest("GET", "/small.txt", "Connection: close"));
      await client.readAll();
    }
    await until(() => countTimeWait(port), (count) => count > 0);
    using clients = await leaveEverywhere(port);
    first.signal("SIGKILL");
    await first.waitForEnd();

    const { program: second } = await startServing([folder.path, "--port", String(port)]);
    await using _second = second;
    assert(countTimeWait(port) > 0);
    await getSmall(port);
    await clients.assertGone();
  },
});

Deno.test({
  name: "after SIGKILL a server starts again on the same Unix socket at once",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = makeFolder(FILES);
    const path = `${folder.path}/socket`;
    const args = [folder.path, "--listen", `unix:${path}`];
    const { program: first } = await startServing(args);
    await using _ = first;
    using clients = await leaveEverywhere({ path });
    first.signal("SIGKILL");
    await first.waitForEnd();
    assert(Deno.lstatSync(path).isSocket);

    const { program: second } = await startServing(args);
    await using _second = second;
    await getSmall({ path });
    await clients.assertGone();
  },
});

async function getSmall(address: ServerAddress): Promise<void> {
  using client = await connect(address);
  await client.send(toRequest("GET", "/small.txt"));
  assertEquals((await client.readResponse()).text(), "small\n");
}

/** Connections that were never used, that idle, that wait for the rest of a head, and that are being sent to. */
async function leaveEverywhere(
  address: ServerAddress,
): Promise<Disposable & { assertGone(): Promise<void> }> {
  const clients: RawClient[] = [];
  const whole = toRequest("GET", "/small.txt");
  for (
    const sent of ["", whole, whole + whole.slice(0, -2), whole + toRequest("GET", "/big.bin")]
  ) {
    const client = await connect(address);
    clients.push(client);
    if (sent === "") continue;
    await client.send(sent);
    assertEquals((await client.readResponse()).status, 200);
  }
  return {
    /** The old server's end has reached each of them, one way or the other. */
    async assertGone() {
      for (const client of clients) {
        await client.readAll().catch((error: Error) => {
          assert(error.cause instanceof Deno.errors.ConnectionReset, error.message);
        });
      }
    },
    [Symbol.dispose]() {
      for (const client of clients) client.close();
    },
  };
}

/** How many connections of the local port are over and still remembered by the system. */
function countTimeWait(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = Deno.readTextFileSync("/proc/net/tcp").split("\n");
  return lines.filter((line) => line.includes(` 0100007F:${hex} 0100007F:`) && / 06 /.test(line))
    .length;
}
