// The permissions of a process, as it would give them to another: never more than it has.

import { assertEquals } from "../deps.ts";
import { startProgram } from "../support/program.ts";
import { TempFolder } from "./temp_folder.ts";

const MODULE = new URL("../../lib/cli/granted_flags.ts", import.meta.url).href;

const cases: [what: string, given: string[], flags: string[]][] = [
  ["nothing is passed on as nothing", [], []],
  ["what is whole is passed on whole", ["--allow-net", "--allow-read"], [
    "--allow-net",
    "--allow-read",
  ]],
  ["kinds of sys are passed on by name", ["--allow-sys=networkInterfaces,uid"], [
    "--allow-sys=networkInterfaces,uid",
  ]],
  ["what was given in part is not passed on", ["--allow-read=/tmp", "--allow-env=A"], []],
  ["that from which something was taken is not passed on", [
    "--allow-run",
    "--deny-run=sh",
    "--allow-write",
  ], ["--allow-write"]],
  ["everything is passed on by name", ["-A"], [
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-run",
    "--allow-ffi",
    "--allow-import",
    "--allow-sys",
  ]],
];

for (const [what, given, flags] of cases) {
  Deno.test(`toGrantedFlags: ${what}`, async () => {
    await using folder = await TempFolder.make({
      "main.ts":
        `import { toGrantedFlags } from "${MODULE}"; console.log(toGrantedFlags().join(" "));`,
    });
    await using program = startProgram({
      command: Deno.execPath(),
      args: ["run", "--no-check", "--no-prompt", ...given, `${folder.path}/main.ts`],
    });
    assertEquals((await program.waitForEnd()).code, 0, program.stderr);
    assertEquals(program.stdout, [...flags, "--no-prompt"].join(" "));
  });
}
