// The command that starts another process like this one: the same flags, and none that would watch or wait.

import { assertEquals } from "../deps.ts";
import { startProgram } from "../support/program.ts";
import { TempFolder } from "./temp_folder.ts";

const MODULE = new URL("../../lib/cli/own_command.ts", import.meta.url).href;

const cases: [what: string, given: string[], kept: string[]][] = [
  ["flags are kept as they were given", [
    "--allow-run",
    "--allow-read=/tmp",
    "--deny-net",
    "--quiet",
  ], [
    "--allow-run",
    "--allow-read=/tmp",
    "--deny-net",
    "--quiet",
  ]],
  ["a flag keeps its value", ["-A", "--seed", "7"], ["-A", "--seed", "7"]],
  ["a debugger is for the first", ["-A", "--inspect=127.0.0.1:0"], ["-A"]],
  ["what cat may not read is asked for piece by piece", ["--allow-read"], [
    "--allow-read",
    "--no-prompt",
  ]],
];

for (const [what, given, kept] of cases) {
  Deno.test({
    name: `toOwnCommand: ${what}`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using folder = await TempFolder.make({
        "main.ts":
          `import { toOwnCommand } from "${MODULE}"; console.log(JSON.stringify(toOwnCommand()));`,
      });
      const path = `${folder.path}/main.ts`;
      await using program = startProgram({
        command: Deno.execPath(),
        args: ["run", "--no-check", ...given, path, "a b", "", "--quiet", path],
      });
      assertEquals((await program.waitForEnd()).code, 0, program.stderr);
      const [run, ...words] = JSON.parse(program.stdout);
      const main = words.pop();
      assertEquals(run, "run");
      assertEquals(words.filter((word: string) => word !== "--no-check"), kept);
      assertEquals(main.replace(/^file:\/\//, ""), path);
    },
  });
}
