// Which programs get their session by `setsid`, and which by Deno.

import { toSessionCommand } from "../../../lib/handlers/gateway/own_session.ts";
import { assertEquals } from "../../deps.ts";

const SETSID = ["/usr/bin/setsid", "/bin/setsid"].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
});

/** A test with a folder of its own. */
function test(name: string, run: (folder: string) => Promise<void>): void {
  const reason = SETSID === undefined ? " (ignored: setsid is not installed)" : "";
  const ignore = SETSID === undefined || Deno.build.os !== "linux";
  Deno.test({
    name: name + reason,
    ignore,
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "rawserve_session_" });
      try {
        await run(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function write(path: string, content: string | Uint8Array, mode = 0o755): Promise<string> {
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  await Deno.chmod(path, mode);
  return path;
}

test("a script, and a program of this machine, get their session without a fork", async (folder) => {
  const script = await write(`${folder}/a.cgi`, "#!/bin/sh\necho a\n");
  assertEquals(toSessionCommand(script), { program: SETSID!, args: [script], detached: false });
  const spaced = await write(`${folder}/b.cgi`, "#! /bin/sh -e\necho b\n");
  assertEquals(toSessionCommand(spaced).detached, false);
  const program = `${folder}/program`;
  await Deno.copyFile(SETSID!, program);
  await Deno.chmod(program, 0o755);
  assertEquals(toSessionCommand(program).detached, false);
});

test("it has the number that was started, and leads session and group", async (folder) => {
  const script = await write(`${folder}/a.cgi`, "#!/bin/sh\ncut -d' ' -f1,5,6 /proc/$$/stat\n");
  const { program, args, detached } = toSessionCommand(script);
  const child = new Deno.Command(program, { args: [...args], detached, stdout: "piped" }).spawn();
  const { stdout } = await child.output();
  const { pid } = child;
  assertEquals(new TextDecoder().decode(stdout), `${pid} ${pid} ${pid}\n`);
});

const ELSEWHERE = Uint8Array.from(
  { length: 64 },
  (_, i) => i < 4 ? [0x7f, 0x45, 0x4c, 0x46][i]! : 9,
);
const doubtful: [what: string, content: string | Uint8Array, mode?: number][] = [
  ["an interpreter that is not there", "#!/nowhere/sh\n"],
  ["an interpreter that is a folder", "#!/usr\n"],
  ["an interpreter that is no program", "#!/etc/passwd\n"],
  ["an interpreter named by where one is", "#!sh\n"],
  ["no interpreter", "#!\n"],
  ["a first line without an end", `#!/bin/sh ${"x".repeat(300)}`],
  ["a NUL in its first line", "#!/bin/sh\0\n"],
  ["no first line", ""],
  ["another first line", "echo a\n"],
  ["a program of another machine", ELSEWHERE],
  ["what not everybody may execute", "#!/bin/sh\n", 0o750],
];
for (const [what, content, mode] of doubtful) {
  test(`${what}: Deno starts it, and says what is wrong`, async (folder) => {
    const path = await write(`${folder}/a.cgi`, content, mode);
    assertEquals(toSessionCommand(path), { program: path, args: [], detached: true });
  });
}

test("what is not there is Deno's to tell, too", (folder) => {
  assertEquals(toSessionCommand(`${folder}/none.cgi`).detached, true);
  return Promise.resolve();
});

test("what Linux does not execute is left to Deno, which says why", async (folder) => {
  const refused: [name: string, content: string, mode: number][] = [
    ["saved on Windows", "#!/bin/sh\r\necho a\n", 0o755],
    ["not for its owner", "#!/bin/sh\necho a\n", 0o655],
    ["not for its group", "#!/bin/sh\necho a\n", 0o745],
  ];
  for (const [name, content, mode] of refused) {
    const program = await write(`${folder}/${name}`, content, mode);
    assertEquals(toSessionCommand(program), { program, args: [], detached: true }, name);
  }
});
