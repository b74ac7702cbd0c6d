// The tasks of deno.json that must agree with each other and with .ci/compile.ts.

import { assertEquals, assertGreater } from "./deps.ts";

const config = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url)));

function permissionsOf(task: string): string[] {
  const words: string[] = config.tasks[task].command.split(" ");
  return words.filter((word) => word.startsWith("--allow-") || word === "--no-prompt");
}

Deno.test("deno task dev serves with the permissions of deno task start", () => {
  assertGreater(permissionsOf("start").length, 0);
  assertEquals(permissionsOf("dev"), permissionsOf("start"));
});

Deno.test("every task says what it does", () => {
  const silent = Object.keys(config.tasks).filter((name) => !config.tasks[name].description);
  assertEquals(silent, []);
});
