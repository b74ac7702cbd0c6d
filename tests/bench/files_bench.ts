// deno task bench:files: a folder, beside nginx and `serve` from npm, in one run.
//
//   deno task bench:files [--rounds 5] [--seconds 2] [--clients 200]
//
// Rows: a file of 1 KB, the picture, 10 MB, 100 MB, a listing of 1,000 entries, 304s. nginx has one
// process, sendfile and no log, as rawserve has no log. Big files are compared by octets a second. Ends
// with the memory of rawserve before and while many clients download 100 MB each. Needs Linux and wrk;
// contenders that are not installed are left out, and said so.

import { parseArgs } from "node:util";
import { connect } from "../support/raw_client.ts";
import type { Contender, ContenderOptions } from "./contender.ts";
import { has, rawserve, startAll } from "./contenders.ts";
import { makeBenchFolder } from "./bench_folder.ts";
import { measureLoad, type Measurement, measureRounds, median, ratio } from "./rounds.ts";

const OURS = "rawserve";
const SERVE = "serve (npm)";

interface Row {
  readonly name: string;
  readonly path: string;
  readonly connections: number;
  readonly figure: "requestsPerSecond" | "octetsPerSecond";
  readonly isConditional?: boolean;
}

const ROWS: readonly Row[] = [
  { name: "1 KB", path: "/1k.txt", connections: 64, figure: "requestsPerSecond" },
  { name: "test.jpg", path: "/test.jpg", connections: 64, figure: "requestsPerSecond" },
  {
    name: "304",
    path: "/1k.txt",
    connections: 64,
    figure: "requestsPerSecond",
    isConditional: true,
  },
  { name: "listing of 1,000", path: "/list/", connections: 16, figure: "requestsPerSecond" },
  { name: "10 MB, 4 at a time", path: "/10m.bin", connections: 4, figure: "octetsPerSecond" },
  { name: "10 MB, 16 at a time", path: "/10m.bin", connections: 16, figure: "octetsPerSecond" },
  { name: "100 MB, 2 at a time", path: "/100m.bin", connections: 2, figure: "octetsPerSecond" },
];

Deno.exit(await bench());

async function bench(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2" },
      clients: { type: "string", default: "200" },
    },
  });
  if (Deno.build.os !== "linux" || !(await has("wrk"))) {
    console.error("Cannot measure: this needs Linux and wrk (on Debian: apt-get install wrk)");
    return 1;
  }
  const folder = await makeBenchFolder();
  let contenders: Contender[] = [];
  try {
    contenders = await startAll([
      rawserve(OURS, { args: ["--log", "none", folder.path] }),
      ...await rivals(folder),
    ]);
    console.log(cells(["", "", "req/s", "MB/s", "µs CPU/req", "speed ÷ ours", "CPU ÷ ours"]));
    for (const row of ROWS) {
      await measureRow(row, contenders.filter(({ hasEnded }) => !hasEnded), values);
    }
    await measureMemory(contenders[0]!, Number(values.clients));
    return 0;
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]();
    await Deno.remove(folder.home, { recursive: true });
  }
}

async function rivals(folder: { path: string; home: string }): Promise<ContenderOptions[]> {
  const list: ContenderOptions[] = [];
  if (await has("nginx")) list.push(nginx(folder));
  else console.log("nginx is not installed and left out");
  if (await has("npx")) {
    const port = freePort();
    const command = `echo http://127.0.0.1:${port} >&2; exec npx -y serve@14.2.5 -L -n ` +
      `-l tcp://127.0.0.1:${port} "$1"`;
    list.push({ name: SERVE, command: "sh", args: ["-c", command, "sh", folder.path] });
  } else console.log("npx is not installed, so serve is left out");
  return list;
}

function nginx({ path, home }: { path: string; home: string }): ContenderOptions {
  const port = freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${home}/${name};`).join(" ");
  Deno.writeTextFileSync(
    `${home}/nginx.conf`,
    `daemon off; master_process off; pid ${home}/nginx.pid; error_log ${home}/error.log;
events { worker_connections 4096; }
http {
  ${temporary} access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  default_type application/octet-stream; types { text/plain txt; image/jpeg jpg; }
  server { listen 127.0.0.1:${port}; root ${path}; autoindex on; }
}
`,
  );
  const command = `echo http://127.0.0.1:${port} >&2; exec nginx -c "$1"`;
  return { name: "nginx", command: "sh", args: ["-c", command, "sh", `${home}/nginx.conf`] };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function measureRow(
  row: Row,
  contenders: readonly Contender[],
  values: { rounds: string; seconds: string },
): Promise<void> {
  const tags = new Map<Contender, string>();
  if (row.isConditional) {
    for (const contender of contenders) tags.set(contender, await entityTagOf(contender, row.path));
  }
  const results = await measureRounds(contenders, {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: row.connections,
    path: row.path,
    fields: (contender) => {
      const tag = tags.get(contender);
      return tag === undefined ? [] : [`If-None-Match: ${tag}`];
    },
    onStep: (text) => Deno.stderr.isTerminal() && console.error(`${row.name}: ${text}`),
  });
  for (const { name } of contenders.filter(({ hasEnded }) => hasEnded)) {
    console.log(cells([row.name, name, "ended under this load, and is left out from here on"]));
  }
  for (const [name, measurements] of results) {
    const middle = (figure: keyof Measurement) => median(measurements.map((each) => each[figure]));
    console.log(cells([
      name === OURS ? row.name : "",
      name,
      middle("requestsPerSecond").toFixed(0),
      (middle("octetsPerSecond") / 1e6).toFixed(0),
      // npx runs serve in a process of its own, which is not seen from here.
      name === SERVE ? "" : middle("processorPerRequest").toFixed(1),
      ratio(results, { of: name, to: OURS, figure: row.figure }).toFixed(2),
      name === SERVE
        ? ""
        : ratio(results, { of: name, to: OURS, figure: "processorPerRequest" }).toFixed(2),
    ]));
  }
}

async function entityTagOf({ port }: Contender, path: string): Promise<string> {
  using client = await connect(port);
  await client.send(`HEAD ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return (await client.readResponse({ head: true })).field("etag")!;
}

async function measureMemory(ours: Contender, clients: number): Promise<void> {
  const before = ours.residentOctets();
  let peak = before;
  const timer = setInterval(() => peak = Math.max(peak, ours.residentOctets()), 50);
  await measureLoad(ours, { path: "/100m.bin", connections: clients, seconds: 20 });
  clearInterval(timer);
  const mib = (octets: number) => (octets / 2 ** 20).toFixed(0);
  console.log(
    `\nmemory of rawserve: ${mib(before)} MiB before, ${mib(peak)} MiB at most while ${clients} ` +
      "clients download 100 MB each",
  );
}

function cells([row, name, ...figures]: readonly string[]): string {
  return row!.padEnd(21) + name!.padEnd(14) + figures.map((text) => text.padStart(13)).join("");
}
