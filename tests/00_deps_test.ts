// First by name, so that the line saying where the assertions come from opens the run.
//
// The assertions decide what every other test means, so they are tested themselves, on plain
// language alone: what must pass passes, what must fail fails with a message that helps. The
// stand-ins are tested whether or not they are in use; what tests/deps.ts chose goes through the
// same cases. How it chooses is tested on programs of their own, against a registry made here.

import * as chosen from "./deps.ts";
import * as standIns from "./support/assert_stand_in.ts";

type Assertions = typeof standIns;
type Case = [name: string, run: (assertions: Assertions) => unknown];

class Derived extends TypeError {}

const bytes = (text: string) => new TextEncoder().encode(text);
const throwing = (error: unknown) => () => {
  throw error;
};

const passing: Case[] = [
  ["assert of a truthy value", (a) => a.assert("x")],
  ["assertEquals of equal primitives", (a) => a.assertEquals(1, 1)],
  ["assertEquals of NaN and NaN", (a) => a.assertEquals(NaN, NaN)],
  [
    "assertEquals of nested content",
    (a) => a.assertEquals({ x: [1, { y: 2 }] }, { x: [1, { y: 2 }] }),
  ],
  ["assertEquals of equal bytes", (a) => a.assertEquals(bytes("abc"), bytes("abc"))],
  [
    "assertEquals of bytes at different places in their buffers",
    (a) => a.assertEquals(bytes("xabc").subarray(1), bytes("abc")),
  ],
  [
    "assertEquals of equal maps",
    (a) => a.assertEquals(new Map([["k", [1]]]), new Map([["k", [1]]])),
  ],
  [
    "assertEquals of sets in another order",
    (a) => a.assertEquals(new Set([1, 2]), new Set([2, 1])),
  ],
  ["assertNotEquals of different content", (a) => a.assertNotEquals({ x: 1 }, { x: 2 })],
  ["assertStrictEquals of the same object", (a) => a.assertStrictEquals(passing, passing)],
  ["assertExists of zero", (a) => a.assertExists(0)],
  ["assertInstanceOf of a subclass", (a) => a.assertInstanceOf(new Derived(), TypeError)],
  ["assertMatch of a match", (a) => a.assertMatch("HTTP/1.1 200", /^HTTP\/\d/)],
  ["assertNotMatch of no match", (a) => a.assertNotMatch("HTTP/1.1 200", /404/)],
  ["assertStringIncludes of a part", (a) => a.assertStringIncludes("abc", "bc")],
  ["assertGreater of 2 and 1", (a) => a.assertGreater(2, 1)],
  ["assertGreaterOrEqual of 1 and 1", (a) => a.assertGreaterOrEqual(1, 1)],
  ["assertLess of 1 and 2", (a) => a.assertLess(1, 2)],
  ["assertLessOrEqual of 1 and 1", (a) => a.assertLessOrEqual(1, 1)],
  ["assertThrows of any error", (a) => a.assertThrows(throwing(new Error("x")))],
  [
    "assertThrows of a subclass with the message's part",
    (a) => a.assertThrows(throwing(new Derived("Cannot parse")), TypeError, "parse"),
  ],
  [
    "assertRejects of the class with the message's part",
    (a) => a.assertRejects(() => Promise.reject(new Derived("Cannot parse")), Derived, "parse"),
  ],
];

const failing: Case[] = [
  ["assert of a falsy value", (a) => a.assert("")],
  ["assertEquals of different primitives", (a) => a.assertEquals(1, 2)],
  ["assertEquals of a number and its text", (a) => a.assertEquals<unknown>(1, "1")],
  ["assertEquals of null and undefined", (a) => a.assertEquals<unknown>(null, undefined)],
  ["assertEquals of lists in another order", (a) => a.assertEquals([1, 2], [2, 1])],
  ["assertEquals of a list and a longer one", (a) => a.assertEquals([1], [1, 2])],
  [
    "assertEquals of content that differs deep down",
    (a) => a.assertEquals({ x: [{ y: 1 }] }, { x: [{ y: 2 }] }),
  ],
  ["assertEquals of a missing property", (a) => a.assertEquals<unknown>({ x: 1, y: 2 }, { x: 1 })],
  ["assertEquals of different bytes", (a) => a.assertEquals(bytes("abc"), bytes("abd"))],
  [
    "assertEquals of bytes and a beginning of them",
    (a) => a.assertEquals(bytes("abc"), bytes("ab")),
  ],
  ["assertEquals of bytes and numbers", (a) => a.assertEquals<unknown>(bytes("a"), [97])],
  [
    "assertEquals of different maps",
    (a) => a.assertEquals(new Map([["k", 1]]), new Map([["k", 2]])),
  ],
  ["assertEquals of different dates", (a) => a.assertEquals(new Date(1), new Date(2))],
  [
    "assertEquals of different URLs",
    (a) => a.assertEquals(new URL("http://a"), new URL("http://b")),
  ],
  ["assertNotEquals of equal content", (a) => a.assertNotEquals({ x: 1 }, { x: 1 })],
  ["assertStrictEquals of equal content", (a) => a.assertStrictEquals([1], [1])],
  ["assertExists of null", (a) => a.assertExists(null)],
  ["assertExists of undefined", (a) => a.assertExists(undefined)],
  ["assertInstanceOf of another class", (a) => a.assertInstanceOf(new Error(), Derived)],
  ["assertMatch of no match", (a) => a.assertMatch("abc", /d/)],
  ["assertNotMatch of a match", (a) => a.assertNotMatch("abc", /b/)],
  ["assertStringIncludes of no part", (a) => a.assertStringIncludes("abc", "d")],
  ["assertGreater of equals", (a) => a.assertGreater(1, 1)],
  ["assertGreaterOrEqual of 1 and 2", (a) => a.assertGreaterOrEqual(1, 2)],
  ["assertLess of equals", (a) => a.assertLess(1, 1)],
  ["assertLessOrEqual of 2 and 1", (a) => a.assertLessOrEqual(2, 1)],
  ["assertThrows of nothing thrown", (a) => a.assertThrows(() => 1)],
  ["assertThrows of another class", (a) => a.assertThrows(throwing(new Error("x")), Derived)],
  ["assertThrows of another message", (a) => a.assertThrows(throwing(new Error("x")), Error, "y")],
  ["assertThrows of a class when no error is thrown", (a) => a.assertThrows(throwing("x"), Error)],
  ["assertRejects of nothing rejected", (a) => a.assertRejects(() => Promise.resolve())],
  [
    "assertRejects of another class",
    (a) => a.assertRejects(() => Promise.reject(new Error("x")), Derived),
  ],
  [
    "assertRejects of another message",
    (a) => a.assertRejects(() => Promise.reject(new Error("x")), Error, "y"),
  ],
  ["assertRejects of an error thrown at once", (a) => a.assertRejects(throwing(new Error("x")))],
  ["fail", (a) => a.fail()],
  ["unreachable", (a) => a.unreachable()],
];

for (const [source, assertions] of sources()) {
  Deno.test(`${source} pass what is so`, async (t) => {
    for (const [name, run] of passing) await t.step(name, async () => void await run(assertions));
  });

  Deno.test(`${source} fail what is not so, with an AssertionError`, async (t) => {
    for (const [name, run] of failing) {
      await t.step(name, async () => {
        const error = await errorOf(() => run(assertions));
        if (!(error instanceof assertions.AssertionError)) throw new Error(`Got ${error}`);
      });
    }
  });

  Deno.test(`${source} hand out the error that was expected`, async () => {
    const error = new Derived("x");
    const thrown: Derived = assertions.assertThrows(throwing(error), Derived);
    const rejected = await assertions.assertRejects(() => Promise.reject(error), Derived);
    if (thrown !== error || rejected !== error) throw new Error("Got another error");
  });
}

Deno.test("the stand-ins say what differs, and where", async (t) => {
  const { assertEquals, assertStrictEquals, assertThrows } = standIns;
  const messages: [name: string, run: () => void, parts: string[]][] = [
    ["in a list", () => assertEquals([1, 2], [1, 3], "Sizes"), ["Sizes: ", "+   2", "-   3"]],
    [
      "in bytes",
      () => assertEquals(bytes("GET / HTTP/1.1\r\n"), bytes("GET /x HTTP/1.1\r\n")),
      ["16 and 17 bytes", "offset 5", String.raw`"GET / HTTP/1.1\r\n"`],
    ],
    ["in identity", () => assertStrictEquals([1], [1]), ["not the same"]],
    ["in an error's class", () => void assertThrows(throwing(new Error("x")), Derived), [
      "Derived",
    ]],
  ];
  for (const [name, run, parts] of messages) {
    await t.step(name, async () => {
      const { message } = await errorOf(run) as Error;
      const missing = parts.filter((part) => !message.includes(part));
      if (missing.length > 0) throw new Error(`Without ${missing}: ${message}`);
    });
  }
});

Deno.test("tests/deps.ts takes the stand-ins when nothing listens where JSR should be", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const output = await runDeps({ JSR_URL: `http://127.0.0.1:${port}` });
  standIns.assertStringIncludes(output, "Tests use the stand-ins in tests/support: Cannot reach");
  standIns.assertStringIncludes(output, "chosen: fromJsr=false stdHttp=null");
});

Deno.test("tests/deps.ts asks nobody when the run knows already that JSR is out of reach", async () => {
  const output = await runDeps({ RAWSERVE_TEST_STD: "Known before" });
  standIns.assertEquals(
    output,
    "chosen: fromJsr=false stdHttp=null @std/http is missing: Known before\n",
  );
});

Deno.test("tests/deps.ts takes @std/assert and @std/http from a registry that answers", async () => {
  await using registry = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    smallRegistry,
  );
  const output = await runDeps({ JSR_URL: `http://127.0.0.1:${registry.addr.port}` });
  standIns.assertEquals(
    output,
    "Tests use @std/assert and @std/http from JSR\nchosen: fromJsr=true stdHttp=OK \n",
  );
});

Deno.test("tests/deps.ts takes the stand-ins when the registry has no such version", async () => {
  await using registry = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ versions: {} }),
  );
  const output = await runDeps({ JSR_URL: `http://127.0.0.1:${registry.addr.port}` });
  standIns.assertStringIncludes(output, "Tests use the stand-ins in tests/support: ");
  standIns.assertStringIncludes(output, "chosen: fromJsr=false stdHttp=null");
});

function sources(): [string, Assertions][] {
  const list: [string, Assertions][] = [["the stand-ins", standIns]];
  if (chosen.fromJsr) list.push(["@std/assert's assertions", chosen]);
  return list;
}

async function errorOf(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error("It passed");
}

/** Loads tests/deps.ts in a Deno of its own with an empty cache and says what it chose. */
async function runDeps(env: Record<string, string>): Promise<string> {
  const cache = await Deno.makeTempDir({ prefix: "rawserve_deps_" });
  const { RAWSERVE_TEST_STD: _, ...inherited } = Deno.env.toObject();
  try {
    const program = `
      const d = await import(${JSON.stringify(import.meta.resolve("./deps.ts"))});
      const http = d.stdHttp?.STATUS_TEXT[200] ?? null;
      console.log("chosen: fromJsr=" + d.fromJsr, "stdHttp=" + http, d.stdHttpMissing);`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", program],
      cwd: import.meta.dirname!,
      clearEnv: true,
      env: { ...inherited, DENO_DIR: cache, NO_COLOR: "1", ...env },
    }).output();
    const decoder = new TextDecoder();
    return decoder.decode(stdout) || `Nothing but ${decoder.decode(stderr)}`;
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** A registry in JSR's format that has three tiny modules, at the versions deno.json asks for. */
async function smallRegistry(request: Request): Promise<Response> {
  const modules: Record<string, Record<string, string>> = {
    assert: { "./mod.ts": "export function assert() {}" },
    http: {
      "./status.ts": 'export const STATUS_TEXT = { 200: "OK" };',
      "./file_server.ts": "export function serveDir() {}\nexport function serveFile() {}",
    },
  };
  const exported = {
    assert: { ".": "./mod.ts" },
    http: { "./status": "./status.ts", "./file-server": "./file_server.ts" },
  };
  const [, , name = "", ...rest] = new URL(request.url).pathname.split("/");
  if (name !== "assert" && name !== "http") return new Response(null, { status: 404 });
  const version = versionOf(`@std/${name}`);
  const wanted = rest.join("/");
  if (wanted === "meta.json") {
    return Response.json({ scope: "std", name, latest: version, versions: { [version]: {} } });
  }
  if (wanted === `${version}_meta.json`) {
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const [path, source] of Object.entries(modules[name] ?? {})) {
      const digest = await crypto.subtle.digest("SHA-256", bytes(source));
      const checksum = `sha256-${new Uint8Array(digest).toHex()}`;
      manifest[path.slice(1)] = { size: bytes(source).length, checksum };
    }
    return Response.json({ manifest, exports: exported[name] });
  }
  const source = modules[name]?.[wanted.replace(version, ".")];
  return source === undefined
    ? new Response(null, { status: 404 })
    : new Response(source, { headers: { "content-type": "text/typescript" } });
}

function versionOf(name: string): string {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url)));
  return String(imports[name]).replace(/^.*@/, "");
}
