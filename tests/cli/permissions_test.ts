// What the server may still do once it serves, tried out from within: in each mode a handler attempts
// everything that Deno guards. Where a permission has to stay, the test says which, and what it opens.

import { assert, assertEquals } from "../deps.ts";
import { NOT_COMPILED } from "../e2e/executable.ts";
import { type Program, startProgram } from "../support/program.ts";
import { connect, type ConnectOptions, type ServerAddress } from "../support/raw_client.ts";
import { makeSelfSigned } from "../../lib/net/self_signed.ts";
import { start, toDenoArgs } from "./started_program.ts";
import { TempFolder } from "./temp_folder.ts";

const STARTED = / at (?:https?:\/\/[\d.]+:(\d+)\/|unix:(\S+))/;
const COMPILE_WITHIN_MS = 180_000;
const windows = Deno.build.os === "windows";

/** What becomes possible where the permission to read stays. */
const READING = [
  "read a file",
  "read a file, by node",
  "list a folder",
  "look at a file",
  "read a file in a worker",
  "ask for read",
];
/** The same for the permission to write. */
const WRITING = ["write a file", "ask for write"];

const { certificate, key } = await makeSelfSigned({ names: ["localhost"] });

interface Mode {
  readonly name: string;
  readonly args: readonly string[];
  /** What is possible all the same. */
  readonly possible: readonly string[];
  readonly connection?: ConnectOptions;
  readonly env?: Record<string, string>;
  readonly ignore?: boolean;
}

/** The modes; `folder` has a certificate and its key, a folder to serve, and a browser that is none. */
function modesIn(folder: string): Mode[] {
  const tls = ["--tls-cert", `${folder}/cert.pem`, "--tls-key", `${folder}/key.pem`];
  const connection = { caCerts: [certificate] };
  return [
    { name: "the embedded site", args: ["-p0"], possible: [] },
    { name: "a folder", args: ["-p0", `${folder}/site`], possible: READING },
    { name: "a file", args: ["-p0", `${folder}/site/a.txt`], possible: READING },
    {
      name: "a Unix socket",
      args: ["--listen", `unix:${folder}/web.sock`],
      // To remove the socket at the end.
      possible: WRITING,
      ignore: windows,
    },
    {
      name: "a folder on a Unix socket",
      args: ["--listen", `unix:${folder}/web.sock`, `${folder}/site`],
      possible: [...READING, ...WRITING, "link a file"],
      ignore: windows,
    },
    // To read the certificate again on SIGHUP.
    { name: "TLS", args: ["-p0", ...tls], possible: windows ? [] : READING, connection },
    {
      name: "--open",
      args: ["-p0", "--open"],
      possible: [],
      env: { PATH: folder },
      ignore: Deno.build.os !== "linux",
    },
    { name: "--lan", args: ["-p0", "--lan"], possible: [] },
  ];
}

function makeFolder(): Promise<TempFolder> {
  return TempFolder.make({ "cert.pem": certificate, "key.pem": key, "site/a.txt": "a" });
}

/** Starts the program in this mode and lets it try; resolves to what it could do. */
async function attempt(program: Program, connection: ConnectOptions = {}): Promise<string[]> {
  const [, port, path] = await program.waitForLine(STARTED, { from: "stderr" });
  const address: ServerAddress = path === undefined ? Number(port) : { path };
  using client = await connect(address, connection);
  await client.send("GET /attempts HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const outcomes: Record<string, string> = JSON.parse((await client.readResponse()).text());
  const possible = Object.entries(outcomes).filter(([, outcome]) => outcome !== "not permitted");
  assert(possible.every(([, outcome]) => /^(?:done|NotFound: .*)$/.test(outcome)), `${possible}`);
  return possible.map(([what]) => what).sort();
}

Deno.test("the attempts succeed where nothing was given up", async () => {
  const attempts = new URL("attempts.ts", import.meta.url);
  const code = `const { attemptAll } = await import(${JSON.stringify(attempts.href)});
    console.log(JSON.stringify(await attemptAll()));`;
  await using program = startProgram({
    command: Deno.execPath(),
    args: ["run", "--no-check", "-A", "--no-prompt", toModule(code)],
    env: { NO_COLOR: "1" },
  });
  await program.waitForEnd();
  const outcomes: Record<string, string> = JSON.parse(program.stdout);
  const failed = Object.entries(outcomes).filter(([, outcome]) => outcome !== "done");
  assertEquals(failed.filter(([, outcome]) => outcome === "not permitted"), []);
  // These need what is not there: a file, the network.
  assertEquals(failed.map(([what]) => what), ["link a file", "load code from elsewhere"]);
});

function toModule(code: string): string {
  return `data:application/javascript,${encodeURIComponent(code)}`;
}

for (const { name, ignore } of modesIn("")) {
  Deno.test({
    name: `once it serves, nothing is possible that ${name} does not need`,
    ignore: ignore ?? false,
    fn: async () => {
      await using folder = await makeFolder();
      await putBrowser(folder);
      const mode = modesIn(folder.path).find((mode) => mode.name === name)!;
      await using program = start(mode.args, { withHandler: true, env: mode.env ?? {} });
      assertEquals(await attempt(program, mode.connection), [...mode.possible].sort());
    },
  });
}

Deno.test("with --tls-self-signed no file is read again, so none can be", async () => {
  await using program = start(["-p0", "--tls-self-signed"], { withHandler: true });
  const [, port] = await program.waitForLine(STARTED, { from: "stderr" });
  // Nobody can trust it beforehand, so somebody asks who trusts all.
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "-A",
      "--unsafely-ignore-certificate-errors",
      toModule(
        `console.log(await (await fetch("https://127.0.0.1:${port}/attempts")).text())`,
      ),
    ],
  }).output();
  const outcomes: Record<string, string> = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(new Set(Object.values(outcomes)), new Set(["not permitted"]));
});

Deno.test({
  name: "the same holds for a compiled executable" +
    (NOT_COMPILED && ` (ignored: ${NOT_COMPILED})`),
  ignore: NOT_COMPILED !== "",
  fn: async () => {
    await using folder = await makeFolder();
    await putBrowser(folder);
    const command = `${folder.path}/compiled${windows ? ".exe" : ""}`;
    await compile(command);
    for (const mode of modesIn(folder.path).filter(({ ignore }) => !ignore)) {
      const { args, env = {}, possible, connection } = mode;
      await using program = startProgram({ command, args, env: { PORT: "", ...env } });
      assertEquals(await attempt(program, connection), [...possible].sort(), mode.name);
    }
  },
});

/** What `--open` runs; it would open no browser. */
async function putBrowser(folder: TempFolder): Promise<void> {
  await Deno.writeTextFile(`${folder.path}/xdg-open`, "#!/bin/sh\n", { mode: 0o755 });
}

/** Compiles handler_main.ts as main.ts is compiled, with the same permissions. */
async function compile(output: string): Promise<void> {
  const [, ...args] = toDenoArgs([], { withHandler: true });
  const main = args.pop()!;
  await using program = startProgram({
    command: Deno.execPath(),
    args: ["compile", ...args, "--no-code-cache", "--include", "static", "-o", output, main],
    env: { NO_COLOR: "1" },
    cwd: new URL("../../", import.meta.url),
    patienceMs: COMPILE_WITHIN_MS,
  });
  const { success } = await program.waitForEnd();
  if (!success) throw new Error(`Cannot compile ${main}:\n${program.stderr}`);
}
