// lib/cli/log_observer.ts: what is told, and how often.

import { toLogObserver } from "../../lib/cli/log_observer.ts";
import { LogSink } from "../../lib/cli/log_sink.ts";
import type { Address } from "../../lib/net/transport.ts";
import { assertEquals } from "../deps.ts";

Deno.test("that an address has too many connections is told once in a while, not each time", async () => {
  let written = "";
  const notes = new LogSink({
    write(octets) {
      written += new TextDecoder().decode(octets);
      return Promise.resolve(octets.length);
    },
  });
  const observer = toLogObserver({ log: null, notes, verbose: false });
  for (const hostname of ["192.0.2.1", "192.0.2.1", "2001:db8::1"]) {
    observer.onCrowd?.({ transport: "tcp", hostname, port: 1 } as Address);
  }
  await notes.close(1_000);
  assertEquals(
    written,
    "Refused a connection from 192.0.2.1: it has all that --max-per-address allows\n",
  );
});
