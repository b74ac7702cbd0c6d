// lib/cli/options.ts: what the command line comes to.

import { parseOptions, type ServeSettings } from "../../lib/cli/options.ts";
import { DEFAULT_DEADLINES, DEFAULT_LIMITS } from "../../lib/server/limits.ts";
import { assertEquals } from "../deps.ts";
import { CREDENTIALS, DEFAULTS, refusalOf, settingsOf } from "./parsed_options.ts";

Deno.test("parseOptions without arguments gives the defaults", () => {
  assertEquals(settingsOf([]), DEFAULTS);
});

Deno.test("parseOptions understands every option", () => {
  const args =
    "--mount=/p=a:b --mount=/t=a.ts --python pypy3 --chdir /srv --workers 4 --grant env,write --grant run --health --metrics --status-listen unix:/s " +
    "--port 0 --host ::1 --tls-cert c.pem --tls-key k.pem --cors --log json --grace 0.5 " +
    "--idle 5 --max-connections 9 --open --dev --verbose --trust-proxy ::1 --trust-proxy=10.0.0.0/8";
  assertEquals(settingsOf([...args.split(" "), "--header", "X-A: 1", "-H", "X-B:  2 "]), {
    served: {
      ...DEFAULTS.served,
      mounts: [
        { prefix: "/p", what: { kind: "wsgi", app: "a:b" } },
        { prefix: "/t", what: { kind: "fetch", path: "a.ts" } },
      ],
      python: { python: "pypy3", directory: "/srv", workers: 4 },
    },
    grants: ["env", "write", "run"],
    place: { transport: "tcp", hostname: "::1", port: 0 },
    tls: { certificate: "c.pem", key: "k.pem" },
    trustedProxies: ["::1", "10.0.0.0/8"],
    proxyProtocol: false,
    fields: [["X-A", "1"], ["X-B", "2"]],
    cors: true,
    credentials: [],
    log: "json",
    status: { health: true, metrics: true, place: { transport: "unix", path: "/s" } },
    grace: 0.5,
    limits: { ...DEFAULT_LIMITS, connections: 9 },
    deadlines: { ...DEFAULT_DEADLINES, idle: 5 },
    open: true,
    dev: true,
    quiet: false,
    verbose: true,
  });
});

const SPELLINGS: [string[], Partial<ServeSettings>][] = [
  [["-p", "80"], { place: { transport: "tcp", hostname: "127.0.0.1", port: 80 } }],
  [["-p80"], { place: { transport: "tcp", hostname: "127.0.0.1", port: 80 } }],
  [["-p=80"], { place: { transport: "tcp", hostname: "127.0.0.1", port: 80 } }],
  [["--port=80"], { place: { transport: "tcp", hostname: "127.0.0.1", port: 80 } }],
  [["-p1", "-p", "2"], { place: { transport: "tcp", hostname: "127.0.0.1", port: 2 } }],
  [["-op80"], { open: true, place: { transport: "tcp", hostname: "127.0.0.1", port: 80 } }],
  [["-q"], { quiet: true, log: "none" }],
  [["-v", "--"], { verbose: true }],
  [["--tls-self-signed"], { tls: "self-signed" }],
  [["--proxy-protocol"], { proxyProtocol: true }],
  [["--trust-proxy", "unix", "--trust-proxy", "private"], { trustedProxies: ["unix", "private"] }],
  [["--lan"], { place: { transport: "tcp", hostname: "0.0.0.0", port: 8000 } }],
  [["--host", "[::1]"], { place: { transport: "tcp", hostname: "::1", port: 8000 } }],
  [["--host", "web.local"], { place: { transport: "tcp", hostname: "web.local", port: 8000 } }],
  [["--listen", "[::1]:81"], { place: { transport: "tcp", hostname: "::1", port: 81 } }],
  [["--listen", "localhost:81"], { place: { transport: "tcp", hostname: "localhost", port: 81 } }],
  [["--listen", "unix:/run/a b"], { place: { transport: "unix", path: "/run/a b" } }],
  [["--header=-X: a:b"], { fields: [["-X", "a:b"]] }],
  [["--health"], { status: { health: true, metrics: false, place: null } }],
  [["--metrics", "--status-listen", "[::1]:0"], {
    status: {
      health: false,
      metrics: true,
      place: { transport: "tcp", hostname: "::1", port: 0 },
    },
  }],
  [["-H", "X-Empty:"], { fields: [["X-Empty", ""]] }],
];

for (const [args, expected] of SPELLINGS) {
  Deno.test(`parseOptions understands ${args.join(" ")}`, () => {
    assertEquals(settingsOf(args), { ...DEFAULTS, ...expected });
  });
}

Deno.test("parseOptions prints help or version whatever else is there", () => {
  const bad = () => "bad";
  assertEquals(parseOptions(["--prot", "-h", "x"], bad), { kind: "help", isFull: false });
  assertEquals(parseOptions(["-h", "x", "--help-all"], bad), { kind: "help", isFull: true });
  assertEquals(parseOptions(["-qV"], () => undefined).kind, "version");
});

const REFUSED: [string[], string][] = [
  [["--prot", "80"], "Unknown option --prot (did you mean --port?)"],
  [["--tls"], "Unknown option --tls (did you mean --tls-cert?)"],
  [["--PORT=1"], "Unknown option --PORT (did you mean --port?)"],
  [["--frobnicate"], "Unknown option --frobnicate (rawserve --help-all shows them)"],
  [["--follow"], "Unknown option --follow (did you mean --follow-symlinks?)"],
  [["-P"], "Unknown option -P (did you mean -p?)"],
  [["-qx"], "Unknown option -x (rawserve --help-all shows them)"],
  [["--lan=yes"], "Option --lan takes no value"],
  [["--port"], "Option --port needs a value (--port NUMBER)"],
  [["-H"], "Option -H needs a value (-H LINE)"],
  [["--port", "--lan"], "Option --port needs a value (--port NUMBER)"],
  [["./a", "-v", "b c"], 'Cannot serve both ./a and "b c": give one of them'],
  [["a", "--", "-p"], "Cannot serve both a and -p: give one of them"],
  [
    ["--hash-password", "hunter2"],
    "Cannot take a password from the command line: type it when asked, or pipe it in",
  ],
  [["--hash-password=hunter2"], "Option --hash-password takes no value"],
  [
    ["--auth", "ann:hunter2"],
    "Cannot understand --auth: what follows the colon is no hash of ours; a password itself is never taken",
  ],
  [["-p", "abc"], "Cannot use -p abc: give a whole number from 0 to 65535"],
  [["--port", ""], 'Cannot use --port "": give a whole number from 0 to 65535'],
  [["--port", "65536"], "Cannot use --port 65536: give a whole number from 0 to 65535"],
  [["--port=-1"], "Cannot use --port -1: give a whole number from 0 to 65535"],
  [["--port", "0x50"], "Cannot use --port 0x50: give a whole number from 0 to 65535"],
  [["--port", "8e3"], "Cannot use --port 8e3: give a whole number from 0 to 65535"],
  [["--port", " 80"], 'Cannot use --port " 80": give a whole number from 0 to 65535'],
  [["--grace", "-5"], "Cannot use --grace -5: give a number from 0 to 86400"],
  [["--grace", "ten"], "Cannot use --grace ten: give a number from 0 to 86400"],
  [["--idle", "0"], "Cannot use --idle 0: give a number from 1 to 86400"],
  [
    ["--max-connections", "1.5"],
    "Cannot use --max-connections 1.5: give a whole number from 1 to 1000000",
  ],
  [
    ["--trust-proxy", "unix", "--trust-proxy", "10.0.0.1/8", "--trust-proxy", "loopback"],
    "Cannot use --trust-proxy 10.0.0.1/8: give an address, a range such as 10.0.0.0/8, loopback, private or unix",
  ],
  [
    ["--trust-proxy", "proxy.local"],
    "Cannot use --trust-proxy proxy.local: give an address, a range such as 10.0.0.0/8, loopback, private or unix",
  ],
  [
    ["--trust-proxy="],
    'Cannot use --trust-proxy "": give an address, a range such as 10.0.0.0/8, loopback, private or unix',
  ],
  [["--trust-proxy"], "Option --trust-proxy needs a value (--trust-proxy ADDRESS)"],
  [
    ["--proxy-protocol", "--tls-cert", "c.pem", "--tls-key", "k.pem"],
    "Cannot use --proxy-protocol with --tls-cert: let the proxy speak TLS",
  ],
  [
    ["--proxy-protocol", "--tls-self-signed"],
    "Cannot use --proxy-protocol with --tls-self-signed: let the proxy speak TLS",
  ],
  [["--log", "apache"], "Cannot use --log apache: give combined, short, json, none"],
  [
    ["--host", "localhost:80"],
    "Cannot use --host localhost:80: give a name or an address; the port goes to --port",
  ],
  [["--host", ""], 'Cannot use --host "": give a name or an address; the port goes to --port'],
  ...["8000", ":8000", "::1:8000", "unix:", "a:65536", "a:x", "a b:1"].map((
    address,
  ): [string[], string] => [
    ["--listen", address],
    `Cannot use --listen ${
      address.includes(" ") ? `"${address}"` : address
    }: give HOST:PORT, [IPv6]:PORT or unix:/path`,
  ]),
  [
    ["--status-listen", "a:1"],
    "Cannot use --status-listen alone: give --health or --metrics too",
  ],
  [
    ["--health", "--status-listen", "9100"],
    "Cannot use --status-listen 9100: give HOST:PORT, [IPv6]:PORT or unix:/path",
  ],
  [["--health=yes"], "Option --health takes no value"],
  [["-H", "X-A"], "Cannot use -H X-A: give 'Name: value'"],
  [["-H", ": b"], "Cannot use -H \": b\": give 'Name: value'"],
  [["-H", "A b: c"], 'Cannot send a field with the name "A b" (-H)'],
  [["-H", "A: b\r\nC: d"], 'Cannot send A with the value "b\\r\\nC: d" (-H)'],
  [["-H", "Connection: close"], "Cannot set Connection: the server writes it itself (-H)"],
  [["--tls-cert", "c.pem"], "Cannot use --tls-cert alone: give --tls-key too"],
  [["--tls-key", "k.pem"], "Cannot use --tls-key alone: give --tls-cert too"],
  [
    ["--tls-cert", "c.pem", "--tls-key", "k.pem", "--tls-self-signed"],
    "Cannot use --tls-self-signed with --tls-cert: give one of them",
  ],
  [
    ["--tls-key", "k.pem", "--tls-self-signed"],
    "Cannot use --tls-self-signed with --tls-key: give one of them",
  ],
  [
    ["--listen", "unix:/a", "--tls-self-signed"],
    "Cannot use --tls-self-signed with --listen unix: TLS needs HOST:PORT",
  ],
  [["--tls-self-signed=x"], "Option --tls-self-signed takes no value"],
  [["--lan", "--host", "a"], "Cannot use --host with --lan: give one of them"],
  [["--listen", "a:1", "-p", "2"], "Cannot use --listen with -p: give one of them"],
  [["--listen", "a:1", "--host", "b"], "Cannot use --listen with --host: give one of them"],
  [["--listen", "a:1", "--lan"], "Cannot use --listen with --lan: give one of them"],
  [["-q", "--log", "json"], "Cannot use -q with --log: give one of them"],
  [["-q", "-v"], "Cannot use -q with -v: give one of them"],
  [
    ["--listen", "unix:/a", "--tls-cert", "c", "--tls-key", "k"],
    "Cannot use --tls-cert with --listen unix: TLS needs HOST:PORT",
  ],
  [
    ["--listen", "unix:/a", "-o"],
    "Cannot use -o with --listen unix: browsers know no Unix sockets",
  ],
];

for (const [args, message] of REFUSED) {
  Deno.test(`parseOptions refuses ${JSON.stringify(args)}`, () => {
    assertEquals(refusalOf(args), message);
  });
}

Deno.test("--auth gathers who gets answers, from the environment a line each", () => {
  const other = CREDENTIALS.replace("ann", "bob");
  const usersOf = (settings: ServeSettings) => settings.credentials.map(({ user }) => user);
  assertEquals(usersOf(settingsOf(["--auth", CREDENTIALS, `--auth=${other}`])), ["ann", "bob"]);
  const variables = { RAWSERVE_AUTH: `${CREDENTIALS}\n${other}\n` };
  assertEquals(usersOf(settingsOf([], variables)), ["ann", "bob"]);
});

Deno.test("--cross-origin-isolated adds three fields, and an explicit one wins over them", () => {
  const args = ["--cross-origin-isolated", "-H", "cross-origin-embedder-policy: credentialless"];
  assertEquals(settingsOf(args).fields, [
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Cross-Origin-Resource-Policy", "same-origin"],
    ["cross-origin-embedder-policy", "credentialless"],
  ]);
  assertEquals(settingsOf(args.slice(0, 1)).fields[1], [
    "Cross-Origin-Embedder-Policy",
    "require-corp",
  ]);
});

Deno.test("--hash-password is a task of its own", () => {
  assertEquals(parseOptions(["--hash-password"], () => undefined), { kind: "hash-password" });
});
