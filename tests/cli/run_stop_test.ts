// The program's end: by a signal, gracefully; by a second one, at once.

import { assertEquals, assertRejects } from "../deps.ts";
import { connect } from "../support/raw_client.ts";
import { startProgram } from "../support/program.ts";
import { startServing, toDenoArgs } from "./started_program.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
/** The answer waits for content that the test has in its hand; 100 tells that the handler waits. */
const ECHO =
  "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
const HANG = "GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n";
const FINISHING = /^Finishing 1 connection within \d+ seconds; a second signal stops at once$/;
const ignore = Deno.build.os === "windows";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name: `${signal} ends the program with 0; idle connections are closed at once`,
    ignore,
    fn: async () => {
      const { program, port } = await startServing(["--grace", "3600"]);
      await using _ = program;
      using client = await connect(port);
      await client.send(GET);
      assertEquals((await client.readResponse()).status, 200);
      program.signal(signal);
      assertEquals(await client.readAllText(), "");
      assertEquals((await program.waitForEnd()).code, 0);
      await assertRejects(() => connect(port), Deno.errors.ConnectionRefused);
    },
  });
}

Deno.test({
  name: "a request in flight at SIGTERM is answered, and nobody else is let in",
  ignore,
  fn: async () => {
    const { program, port } = await startServing([], { withHandler: true });
    await using _ = program;
    using client = await connect(port);
    await client.send(ECHO);
    assertEquals((await client.readResponse()).status, 100);
    program.signal("SIGTERM");
    await program.waitForLine(FINISHING, { from: "stderr" });
    await assertRejects(() => connect(port), Deno.errors.ConnectionRefused);
    await client.send("hello");
    const response = await client.readResponse();
    assertEquals([response.text(), response.field("connection")], ["hello", "close"]);
    client.close();
    assertEquals((await program.waitForEnd()).code, 0);
    await program.waitForLine(/"POST \/echo HTTP\/1\.1" 200 5 /, { from: "stdout" });
  },
});

Deno.test({
  name: "what is not finished when the grace is over is cut, even a handler that never answers",
  ignore,
  fn: async () => {
    const { program, port } = await startServing(["--grace", "0"], { withHandler: true });
    await using _ = program;
    using reading = await connect(port);
    await reading.send(ECHO);
    assertEquals((await reading.readResponse()).status, 100);
    using hanging = await connect(port);
    await hanging.send(HANG);
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
  },
});

Deno.test({
  name: "a second SIGINT stops at once, with 1",
  ignore,
  fn: async () => {
    const { program, port } = await startServing(["--grace", "3600"], { withHandler: true });
    await using _ = program;
    using client = await connect(port);
    await client.send(ECHO);
    assertEquals((await client.readResponse()).status, 100);
    program.signal("SIGINT");
    await program.waitForLine(FINISHING, { from: "stderr" });
    program.signal("SIGINT");
    assertEquals((await program.waitForEnd()).code, 1);
  },
});

Deno.test({
  name: "no line of the log is lost at the end",
  ignore,
  fn: async () => {
    const { program, port } = await startServing();
    await using _ = program;
    using client = await connect(port);
    const count = 300;
    await client.send(GET.repeat(count));
    for (let i = 0; i < count; i++) await client.readResponse();
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 0);
    assertEquals(program.stdout.split("\n").length, count);
  },
});

Deno.test({
  name: "a watcher starts the program again, although that listens to the watcher's SIGTERM",
  ignore,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      const [subcommand = "", ...rest] = toDenoArgs(["-p", "0"], { withHandler: true });
      await using program = startProgram({
        command: Deno.execPath(),
        args: [subcommand, `--watch=${directory}`, "--no-clear-screen", ...rest],
        env: { NO_COLOR: "1", PORT: "" },
        cwd: new URL("../../", import.meta.url),
      });
      const port = async () => (await program.waitForLine(/ at .*:(\d+)\/$/, { after }))[1];
      let after = 0;
      using client = await connect(Number(await port()));
      await client.send(ECHO.replace("Expect: 100-continue\r\n", "") + "hello");
      await client.readResponse();
      after = program.lines.length;
      await Deno.writeTextFile(`${directory}/changed`, "");
      using again = await connect(Number(await port()));
      await again.send(ECHO.replace("Expect: 100-continue\r\n", "") + "hello");
      assertEquals((await again.readResponse()).text(), "hello");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
