// lib/cli/options.ts: options that the environment gives.

import { OPTIONS, toVariableName } from "../../lib/cli/option_table.ts";
import { assert, assertEquals } from "../deps.ts";
import { CREDENTIALS, DEFAULTS, refusalOf, settingsOf, type Variables } from "./parsed_options.ts";

Deno.test("every option of a server has a variable", () => {
  const examples: Record<string, string> = {
    RAWSERVE_PORT: "1",
    RAWSERVE_HOST: "b",
    RAWSERVE_LAN: "1",
    RAWSERVE_LISTEN: "a:1",
    RAWSERVE_TLS_CERT: "c",
    RAWSERVE_TLS_SELF_SIGNED: "1",
    RAWSERVE_TLS_KEY: "k",
    RAWSERVE_TRUST_PROXY: "loopback\nunix",
    RAWSERVE_PROXY_PROTOCOL: "1",
    RAWSERVE_HEADER: "X-A: 1",
    RAWSERVE_CORS: "true",
    RAWSERVE_LOG: "json",
    RAWSERVE_HEALTH: "1",
    RAWSERVE_METRICS: "1",
    RAWSERVE_STATUS_LISTEN: "a:1",
    RAWSERVE_GRACE: "1",
    RAWSERVE_IDLE: "1",
    RAWSERVE_MAX_CONNECTIONS: "1",
    RAWSERVE_HANDSHAKE_TIMEOUT: "1",
    RAWSERVE_HEAD_TIMEOUT: "1",
    RAWSERVE_CONTENT_TIMEOUT: "1",
    RAWSERVE_ANSWER_TIMEOUT: "1",
    RAWSERVE_MIN_RATE: "0",
    RAWSERVE_MAX_TARGET: "1",
    RAWSERVE_MAX_FIELDS: "1",
    RAWSERVE_MAX_FIELD_SECTION: "1",
    RAWSERVE_MAX_CONTENT: "0",
    RAWSERVE_MAX_REQUESTS: "1",
    RAWSERVE_MAX_PER_ADDRESS: "1",
    RAWSERVE_OPEN: "yes",
    RAWSERVE_QUIET: "on",
    RAWSERVE_VERBOSE: "1",
    RAWSERVE_AUTH: CREDENTIALS,
    RAWSERVE_CROSS_ORIGIN_ISOLATED: "1",
    RAWSERVE_MOUNT: "/a=b.ts",
    RAWSERVE_FALLBACK: "a.ts",
    RAWSERVE_CGI: "1",
    RAWSERVE_PYTHON: "python3.8",
    RAWSERVE_CHDIR: "/srv",
    RAWSERVE_WORKERS: "2",
    RAWSERVE_GRANT: "env",
    RAWSERVE_DEV: "1",
    RAWSERVE_INDEX: "a",
    RAWSERVE_LISTING: "off",
    RAWSERVE_ARCHIVE: "1",
    RAWSERVE_DOTFILES: "1",
    RAWSERVE_FOLLOW_SYMLINKS: "1",
    RAWSERVE_SPA: "1",
    RAWSERVE_CLEAN_URLS: "1",
    RAWSERVE_COMPRESS: "off",
    RAWSERVE_MIME: ".a=text/x",
    RAWSERVE_CACHE: "*=no-store",
  };
  const tls = { RAWSERVE_TLS_CERT: "c", RAWSERVE_TLS_KEY: "k" };
  const usual = Deno.inspect(settingsOf(["."]), { depth: 9 });
  for (const row of OPTIONS) {
    if ("printsOnly" in row) continue;
    const variable = toVariableName(row.name);
    const variables = {
      ...(row.name === "tls-cert" || row.name === "tls-key" ? tls : {}),
      ...(row.name === "status-listen" ? { RAWSERVE_HEALTH: "1" } : {}),
      [variable]: examples[variable]!,
    };
    const settings = settingsOf(["."], variables);
    assert(Deno.inspect(settings, { depth: 9 }) !== usual, `${variable} does nothing`);
  }
});

Deno.test("a flag wins over RAWSERVE_PORT, and that over PORT", () => {
  const portOf = (args: string[], variables: Variables) => {
    const { place } = settingsOf(args, variables);
    return place.transport === "tcp" ? place.port : null;
  };
  const variables = { PORT: "1", RAWSERVE_PORT: "2" };
  assertEquals(portOf([], { PORT: "1" }), 1);
  assertEquals(portOf([], variables), 2);
  assertEquals(portOf(["-p", "3"], variables), 3);
});

Deno.test("what the environment says steps back where a flag excludes it", () => {
  const variables = { PORT: "1", RAWSERVE_HOST: "a", RAWSERVE_LOG: "json" };
  const { place, log } = settingsOf(["--listen", "unix:/a", "-q"], variables);
  assertEquals([place, log], [{ transport: "unix", path: "/a" }, "none"]);
  assertEquals(
    settingsOf([], { PORT: "1", RAWSERVE_LISTEN: "b:2" }).place,
    { transport: "tcp", hostname: "b", port: 2 },
  );
});

Deno.test("--tls-self-signed and files step back for each other, the environment's for the flags'", () => {
  const files = { certificate: "c", key: "k" };
  const variables = { RAWSERVE_TLS_CERT: "c", RAWSERVE_TLS_KEY: "k" };
  assertEquals(settingsOf(["--tls-self-signed"], variables).tls, "self-signed");
  const args = ["--tls-cert", "c", "--tls-key", "k"];
  assertEquals(settingsOf(args, { RAWSERVE_TLS_SELF_SIGNED: "1" }).tls, files);
  assertEquals(settingsOf([], { ...variables, RAWSERVE_TLS_SELF_SIGNED: "0" }).tls, files);
});

Deno.test("an empty variable is as good as none, and 0 switches off", () => {
  const variables = { PORT: "", RAWSERVE_HOST: "", RAWSERVE_LAN: "0", RAWSERVE_QUIET: "false" };
  assertEquals(settingsOf([], variables), DEFAULTS);
});

Deno.test("RAWSERVE_HEADER takes a field a line, and flags replace them", () => {
  const variables = { RAWSERVE_HEADER: "X-A: 1\nX-B: 2\n" };
  assertEquals(settingsOf([], variables).fields, [["X-A", "1"], ["X-B", "2"]]);
  assertEquals(settingsOf(["-H", "X-C: 3"], variables).fields, [["X-C", "3"]]);
});

Deno.test("bad variables are named", () => {
  assertEquals(
    refusalOf([], { PORT: "http" }),
    "Cannot use PORT=http: give a whole number from 0 to 65535",
  );
  assertEquals(
    refusalOf([], { RAWSERVE_LAN: "maybe" }),
    "Cannot use RAWSERVE_LAN=maybe: give 1 or 0",
  );
  assertEquals(
    refusalOf([], { RAWSERVE_LAN: "1", RAWSERVE_HOST: "a" }),
    "Cannot use RAWSERVE_HOST with RAWSERVE_LAN: give one of them",
  );
  assertEquals(
    refusalOf([], { RAWSERVE_TLS_CERT: "c" }),
    "Cannot use RAWSERVE_TLS_CERT alone: give --tls-key too",
  );
});
