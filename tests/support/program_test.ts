// startProgram on small programs of our own, run by the Deno that runs the tests.

import { assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import { type Program, startProgram } from "./program.ts";

function startScript(script: string, options: { patienceMs?: number } = {}): Program {
  return startProgram({
    command: Deno.execPath(),
    args: ["eval", script],
    env: { NO_COLOR: "1" },
    cwd: import.meta.dirname!,
    ...options,
  });
}

Deno.test("startProgram collects both outputs and the status", async () => {
  await using program = startScript(
    `console.log("one\\ntwo"); console.error("three"); Deno.stdout.writeSync(new Uint8Array([52])); Deno.exit(3)`,
  );
  const status = await program.waitForEnd();
  assertEquals([status.code, program.running], [3, false]);
  assertEquals([program.stdout, program.stderr], ["one\ntwo\n4", "three"]);
});

Deno.test("waitForLine finds a line that comes and one that came", async () => {
  await using program = startScript(`console.log("port 80"); setInterval(() => {}, 1000)`);
  assertEquals((await program.waitForLine(/^port (\d+)$/))[1], "80");
  assertEquals((await program.waitForLine(/^port/, { from: "stdout" }))[0], "port");
  assertEquals(program.running, true);
});

Deno.test("waitForLine says what was printed when the program ends without the line", async () => {
  await using program = startScript(`console.log("something else")`);
  const { message } = await assertRejects(() => program.waitForLine(/port/));
  assertStringIncludes(message, "ended without a line like /port/");
  assertStringIncludes(message, "stdout: something else");
});

Deno.test("waitForLine gives up on a program that stays silent", async () => {
  await using program = startScript(`setInterval(() => {}, 1000)`, { patienceMs: 1 });
  await assertRejects(() => program.waitForLine(/port/), Error, "in time");
  assertEquals(program.running, true);
});

Deno.test({
  name: "signal reaches the program",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using program = startScript(
      `Deno.addSignalListener("SIGTERM", () => Deno.exit(5));
       console.log("ready"); setInterval(() => {}, 1000)`,
    );
    await program.waitForLine(/^ready$/);
    program.signal("SIGTERM");
    assertEquals((await program.waitForEnd()).code, 5);
  },
});
