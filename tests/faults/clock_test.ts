// A clock that jumps, as clocks do that are set by hand, by NTP after a long sleep, or by a bad battery.
//
// libfaketime stands between the program and the system's clock, and reads from a file what time it is to
// tell; the monotonic clock goes on as it does when somebody sets the time. A Date line that follows a
// jump shows that the sweep has come by since, so a connection that is still open was not taken for old.

import { Sweep } from "../../lib/server/sweep.ts";
import { startServing } from "../cli/started_program.ts";
import { TempFolder } from "../cli/temp_folder.ts";
import { assert, assertEquals } from "../deps.ts";
import { connect, type RawClient } from "../support/raw_client.ts";
import { fieldOf, toRequest } from "../support/served_folder.ts";

const LIBRARY = findLibrary();
const ignore = LIBRARY === null;
const because = ignore ? " (ignored: no libfaketime)" : "";
const DAY_SECONDS = 86_400;

Deno.test({
  name: `the Date line follows a clock that jumps, and no connection is closed for it${because}`,
  ignore,
  fn: async () => {
    await using clock = await FakeClock.make();
    const { program, port } = await startServing(["--idle", "600", "--log", "none"], {
      env: clock.env,
    });
    await using _ = program;
    using silent = await connect(port);
    using halfway = await connect(port);
    using asking = await connect(port);
    await halfway.send("GET / HTTP/1.1\r\n");
    assertEquals(daysBetween(await askDate(silent), Date.now()), 0);
    for (const days of [300, -300]) {
      clock.jump(days * DAY_SECONDS);
      while (daysBetween(await askDate(asking), Date.now()) !== days) { /* It is asked again */ }
      assertEquals(daysBetween(await askDate(silent), Date.now()), days);
    }
    await halfway.send("Host: a\r\n\r\n");
    assertEquals((await halfway.readResponse()).status, 200);
  },
});

Deno.test({
  name: `a silent connection is closed in its time although the clock is set back${because}`,
  ignore,
  fn: async () => {
    await using clock = await FakeClock.make();
    const { program, port } = await startServing(["--idle", "1"], { env: clock.env });
    await using _ = program;
    using client = await connect(port);
    await askDate(client);
    clock.jump(-300 * DAY_SECONDS);
    assertEquals(await client.readAllText(), "");
  },
});

Deno.test("Sweep counts ticks at every hour that a clock can show, and comes to each deadline", async () => {
  const real = Date.now;
  const hours = [0, 1, 1e12, 1e12 - 1, 4e12 + 999.5, 999, -1, -1e12 - 1];
  try {
    let now = 1e12;
    Date.now = () => now;
    const ended = Promise.withResolvers<void>();
    let next = 0;
    const sweep = new Sweep(10, () => {
      now = hours[next++] ?? now;
    });
    const watched = {
      deadline: hours.length,
      expire() {
        sweep.remove(watched);
        ended.resolve();
      },
    };
    sweep.add(watched);
    await ended.promise;
    assertEquals(sweep.ticks, hours.length);
  } finally {
    Date.now = real;
  }
});

/** The time that another process sees. */
class FakeClock implements AsyncDisposable {
  readonly #folder: TempFolder;
  readonly env: Record<string, string>;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
    this.env = {
      LD_PRELOAD: LIBRARY ?? "",
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  static async make(): Promise<FakeClock> {
    return new FakeClock(await TempFolder.make({ now: "+0s\n" }));
  }

  get #file(): string {
    return `${this.#folder.path}/now`;
  }

  /** From now on the clock is `seconds` ahead of the real one. */
  jump(seconds: number): void {
    // Renamed into its place: nobody reads half of it.
    Deno.writeTextFileSync(`${this.#file}.new`, `${seconds < 0 ? "" : "+"}${seconds}s\n`);
    Deno.renameSync(`${this.#file}.new`, this.#file);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }
}

/** The time in the Date line of an answer, in milliseconds. */
async function askDate(client: RawClient): Promise<number> {
  await client.send(toRequest("GET", "/"));
  const response = await client.readResponse();
  assertEquals(response.status, 200);
  return Date.parse(fieldOf(response, "date"));
}

function daysBetween(one: number, other: number): number {
  const days = Math.round((one - other) / 1000 / DAY_SECONDS);
  assert(!Number.isNaN(days));
  // Zero has one sign only.
  return days || 0;
}

/** Where Debian's package faketime puts it, whatever the processor; null where it is not. */
function findLibrary(): string | null {
  if (Deno.build.os !== "linux") return null;
  for (const folder of ["x86_64-linux-gnu", "aarch64-linux-gnu"]) {
    const path = `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`;
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}
