// `deno task compile`: makes dist/rawserve, one executable that holds the server and the site.
//
// Whatever follows the task's name goes to `deno compile` (`--target`, `-o`, `--icon` ...), so that
// one command serves every target. The permissions are those of `deno task start`: deno.json names
// them there, and the executable never has more than the server that people ran before.
//
// There is no code cache: it would lie under a name that anybody can guess in the system's folder for
// temporary files, and whoever put one there first would have his code run. It gains nothing either.
//
// Packages of an app are looked for as Node does, in node_modules beside it: "manual" in Deno's words. In that
// mode the checker wants @types/node from there too, which nobody has; `deno task ok:types` checks types.
//
// Left out of the executable: sources and explanations in static/. They say how the site was made,
// and no browser asks for them.

const ROOT = new URL("..", import.meta.url);
const OUTPUT = "dist/rawserve";
const NOT_SERVED = /\.(?:ts|md)$/;

Deno.exit(await compile(Deno.args));

async function compile(passed: readonly string[]): Promise<number> {
  const output = passed.some(namesOutput) ? [] : ["-o", OUTPUT];
  const excluded = notServed("static").flatMap((path) => ["--exclude", path]);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      ...startPermissions(),
      "--no-code-cache",
      "--no-check",
      "--node-modules-dir=manual",
      "--include",
      "static",
      ...excluded,
      ...output,
      ...passed,
      "main.ts",
    ],
    cwd: ROOT,
    stdin: "null",
  }).spawn().status;
  return code;
}

function namesOutput(argument: string): boolean {
  return argument.startsWith("--output") || /^-o/.test(argument);
}

function startPermissions(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const permissions = String(tasks.start.command)
    .split(" ")
    .filter((word) => word.startsWith("--allow-") || word === "--no-prompt");
  if (permissions.length === 0) {
    throw new Error("Cannot compile: the task start in deno.json names no permissions");
  }
  return permissions;
}

function notServed(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return notServed(path);
    return NOT_SERVED.test(entry.name) ? [path] : [];
  });
}
