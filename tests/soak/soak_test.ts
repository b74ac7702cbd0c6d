// A soak of a second as a test, and the proof that it would find something: a server that serves an octet
// too many and complains, and one that dies.

import { toDenoArgs } from "../cli/started_program.ts";
import { assertEquals, assertStringIncludes } from "../deps.ts";
import { TempFolder } from "../cli/temp_folder.ts";

const ignore = Deno.build.os !== "linux";
const SOAK = new URL("soak.ts", import.meta.url).pathname;
const ROOT = new URL("../../", import.meta.url).pathname;

/** Lines for sh that come before the server is started; `$1` is the folder. */
const planted: readonly (readonly [name: string, script: string, says: string[]])[] = [
  ["serves an octet too many, and complains", 'printf x >> "$1/photo.jpg"; echo "It hurts" >&2', [
    "photo.jpg: 120001 octets",
    "It said: It hurts",
  ]],
  ["dies", "(sleep 0.8; kill -9 $$) &", ["The server ended"]],
];

Deno.test({
  name: "a soak finds nothing wrong with the server",
  ignore,
  fn: async () => {
    const { code, printed } = await soak(["--minutes", "0.02", "--seed", "7"]);
    assertEquals(code, 0, printed);
    assertStringIncludes(printed, "Seed 7, 0.02 minutes, from source\n");
    assertStringIncludes(printed, " 0 faults\n");
  },
});

for (const [name, script, says] of planted) {
  Deno.test({
    name: `a soak finds a server that ${name}`,
    ignore,
    fn: async () => {
      await using folder = await TempFolder.make();
      const binary = `${folder.path}/server`;
      const command = [Deno.execPath(), ...toDenoArgs([])].map((word) => `'${word}'`).join(" ");
      const lines = `#!/bin/sh\ncd ${ROOT}\n${script}\nexec ${command} "$@"\n`;
      await Deno.writeTextFile(binary, lines, { mode: 0o755 });
      const { code, printed } = await soak(["--minutes", "0.01"], binary);
      for (const one of says) assertStringIncludes(printed, one);
      assertEquals(code, 1, printed);
    },
  });
}

for (const args of [["--minutes", "soon"], ["--seed", "-1"], ["--what"]]) {
  Deno.test(`deno task soak ${args.join(" ")} ends with exit code 2`, async () => {
    const { code, printed } = await soak(args);
    assertEquals(code, 2, printed);
    assertStringIncludes(printed, "Usage: deno task soak");
  });
}

async function soak(args: string[], binary = ""): Promise<{ code: number; printed: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", SOAK, ...args],
    env: { NO_COLOR: "1", RAWSERVE_SOAK_BINARY: binary },
  }).output();
  const decoder = new TextDecoder();
  return { code, printed: decoder.decode(stdout) + decoder.decode(stderr) };
}
