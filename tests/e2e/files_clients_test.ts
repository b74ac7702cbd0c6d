// Other people's clients against the program with a folder: curl and wget go on with what broke off, Python
// asks as scripts do, and a browser shows a small site.

import { startServing } from "../cli/started_program.ts";
import { assert, assertEquals, assertMatch } from "../deps.ts";
import { CHROMIUM_MISSING, findChromium, openPage } from "../support/chromium.ts";
import { type FixtureTree, makeFolder } from "../support/fixture_folder.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { assertSameOctets } from "../support/served_folder.ts";
import { needs, runClient } from "./client_program.ts";

const BIG = new SeededRandom(1).bytes(3_000_000);
const TEXT = Array.from({ length: 5_000 }, (_, i) => `line ${i}\n`).join("");
const ODD = "a b%20#?+é 中.txt";
const PATH = encodeURIComponent(ODD);
const TREE: FixtureTree = {
  "big.bin": BIG,
  "text.txt": TEXT,
  [ODD]: "odd",
  dir: { "a.txt": "a", sub: { "b.txt": "b" } },
};
const CURL = ["-q", "--noproxy", "*", "-sS", "--max-time", "30"];
const WGET = ["--no-config", "--no-proxy", "--tries=1", "--timeout=30", "-nv"];

interface Started {
  /** The server's address, with a slash at its end. */
  readonly url: string;
  /** The served folder. */
  readonly root: string;
  /** An empty folder for what is downloaded. */
  readonly target: string;
}

function testClient(
  client: string,
  name: string,
  use: (started: Started) => Promise<void>,
  args: readonly string[] = [],
): void {
  const { ignore, because } = needs(client);
  Deno.test({
    name: name + because,
    ignore: ignore || Deno.build.os === "windows",
    fn: async () => {
      await using folder = makeFolder({ site: TREE, target: {} });
      const root = `${folder.path}/site`;
      const { program, port } = await startServing([root, ...args]);
      await using _ = program;
      await use({ url: `http://127.0.0.1:${port}/`, root, target: `${folder.path}/target` });
    },
  });
}

/** Runs a client, which must be content; returns what it printed. */
async function run(client: string, ...args: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { code, errors, output } = await runClient(client, args);
  assertEquals(code, 0, `${client} ${args.join(" ")}: ${errors}`);
  return output;
}

testClient("curl", "curl -C - goes on with a download that broke off", async ({ url, target }) => {
  const file = `${target}/big.bin`;
  await Deno.writeFile(file, BIG.subarray(0, 1_234_567));
  const told = await run(
    "curl",
    ...CURL,
    "-C",
    "-",
    "-o",
    file,
    "-w",
    "%{http_code}",
    `${url}big.bin`,
  );
  assertEquals(new TextDecoder().decode(told), "206");
  assertSameOctets(await Deno.readFile(file), BIG);
});

testClient("curl", "curl -C - goes on with an archive that broke off", async ({ url, target }) => {
  const address = `${url}dir/?archive=tar`;
  const whole = await run("curl", ...CURL, address);
  const file = `${target}/dir.tar`;
  await Deno.writeFile(file, whole.subarray(0, 700));
  await run("curl", ...CURL, "-C", "-", "-o", file, address);
  assertSameOctets(await Deno.readFile(file), whole);
  await run("tar", "-xf", file, "-C", target);
  assertEquals(await Deno.readTextFile(`${target}/dir/sub/b.txt`), "b");
}, ["--archive"]);

testClient(
  "curl",
  "curl --compressed gets text back as it was, in fewer octets",
  async ({ url, target }) => {
    const file = `${target}/text.txt`;
    const args = ["--compressed", "-o", file, "-w", "%{http_code} %{size_download}"];
    const told = new TextDecoder().decode(await run("curl", ...CURL, ...args, `${url}text.txt`));
    const [, size = ""] = /^200 (\d+)$/.exec(told) ?? [];
    assert(Number(size) > 0 && Number(size) < TEXT.length / 2, told);
    assertEquals(await Deno.readTextFile(file), TEXT);
  },
);

testClient(
  "curl",
  "curl gets an odd name, follows to a folder's slash, and gets nothing twice",
  async ({ url, target }) => {
    assertEquals(new TextDecoder().decode(await run("curl", ...CURL, url + PATH)), "odd");
    const followed = await run(
      "curl",
      ...CURL,
      "-L",
      "-w",
      " %{num_redirects} %{url_effective}",
      `${url}dir`,
    );
    assertMatch(new TextDecoder().decode(followed), new RegExp(` 1 ${url}dir/$`));
    const file = `${target}/big.bin`;
    await run("curl", ...CURL, "-R", "-o", file, `${url}big.bin`);
    const again = await run(
      "curl",
      ...CURL,
      "-z",
      file,
      "-o",
      `${target}/x`,
      "-w",
      "%{http_code}",
      `${url}big.bin`,
    );
    assertEquals(new TextDecoder().decode(again), "304");
  },
);

testClient("wget", "wget -c goes on with a download that broke off", async ({ url, target }) => {
  const file = `${target}/big.bin`;
  await Deno.writeFile(file, BIG.subarray(0, 2_000_001));
  await run("wget", ...WGET, "-c", "-O", file, `${url}big.bin`);
  assertSameOctets(await Deno.readFile(file), BIG);
  // What is complete already is 416 to wget's question, and wget knows what that means.
  await run("wget", ...WGET, "-c", "-O", file, `${url}big.bin`);
  assertSameOctets(await Deno.readFile(file), BIG);
});

testClient(
  "wget",
  "wget -N gets what is newer alone, and gives it the server's date",
  async ({ url, root, target }) => {
    await run("wget", ...WGET, "-N", "-P", target, `${url}text.txt`);
    const date = async (path: string) =>
      Math.floor((await Deno.stat(path)).mtime!.getTime() / 1000);
    assertEquals(await date(`${target}/text.txt`), await date(`${root}/text.txt`));
    const { code, errors } = await runClient("wget", [
      ...WGET,
      "-N",
      "-P",
      target,
      `${url}text.txt`,
    ]);
    assertEquals([code, /saved|->/.test(errors)], [0, false], errors);
  },
);

testClient(
  "wget",
  "wget -r gets a whole folder by its listings, odd names and all",
  async ({ url, root, target }) => {
    await run(
      "wget",
      ...WGET,
      "-r",
      "-np",
      "-nH",
      "--restrict-file-names=nocontrol",
      "-P",
      target,
      url,
    );
    for (const name of ["big.bin", "text.txt", "dir/a.txt", "dir/sub/b.txt"]) {
      assertSameOctets(
        await Deno.readFile(`${target}/${name}`),
        await Deno.readFile(`${root}/${name}`),
      );
    }
    const names = Array.from(Deno.readDirSync(target), ({ name }) => name);
    assert(names.some((name) => name.startsWith("a b")), names.join());
  },
);

const PYTHON = `
import hashlib, json, sys, urllib.error, urllib.request
base, odd = sys.argv[1:]
def get(path, **headers):
    request = urllib.request.Request(base + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            content = response.read()
            return [response.status, response.url, hashlib.sha256(content).hexdigest(),
                    response.headers["ETag"]]
    except urllib.error.HTTPError as error:
        return [error.code, error.url, None, error.headers["ETag"]]
first = get("big.bin")
print(json.dumps([first, get(odd), get("dir"), get("nothing"), get(".env"),
                  get("big.bin", **{"If-None-Match": first[3]}),
                  get("big.bin", Range="bytes=5-9")]))
`;
testClient(
  "python3",
  "Python's urllib gets files, follows redirects and hears of errors",
  async ({ url }) => {
    const told = JSON.parse(
      new TextDecoder().decode(await run("python3", "-c", PYTHON, url, PATH)),
    );
    const [big, odd, dir, nothing, hidden, same, part] = told as [number, string, string, string][];
    const digest = async (octets: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", octets)).toHex();
    assertEquals([big![0], big![2]], [200, await digest(BIG)]);
    assertEquals([odd![0], odd![2]], [200, await digest(new TextEncoder().encode("odd"))]);
    assertEquals([dir![0], dir![1]], [200, `${url}dir/`]);
    assertEquals([nothing![0], hidden![0]], [404, 404]);
    assertEquals([same![0], same![3]], [304, big![3]]);
    assertEquals([part![0], part![2]], [206, await digest(BIG.slice(5, 10))]);
  },
);

const PIXEL = Uint8Array.fromBase64(
  "R0lGODlhAQABAIAAAP8AAAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==",
);
const SITE: FixtureTree = {
  "index.html": `<!doctype html><html lang="en"><meta charset="utf-8"><title>Small</title>
    <link rel="icon" href="icon.svg"><link rel="stylesheet" href="css/style.css">
    <script type="module" src="js/main.js"></script>
    <h1>Wörld</h1><img src="a%20picture%20%231.gif" alt=""><p id="out"></p>
    <a href="more">More</a>`,
  "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
  css: { "style.css": "h1 { color: rgb(1, 2, 3) }" },
  js: {
    "main.js":
      'import { text } from "./part.mjs"; document.getElementById("out").textContent = text + ' +
      '(await (await fetch("../data.json")).json()).word;',
    "part.mjs": 'export const text = "module and ";',
  },
  "data.json": '{ "word": "dätä" }',
  "a picture #1.gif": PIXEL,
  more: {
    "index.html": "<!doctype html><link rel=icon href=../icon.svg><title>More</title><h1>More",
  },
};
Deno.test({
  name: `Chromium shows a small site without a complaint${
    findChromium() === null ? ` (ignored: ${CHROMIUM_MISSING})` : ""
  }`,
  ignore: findChromium() === null,
  fn: async () => {
    await using folder = makeFolder(SITE);
    const { program, port } = await startServing([folder.path]);
    await using _ = program;
    const url = `http://127.0.0.1:${port}/`;
    await using page = await openPage(url);
    await page.waitFor("document.getElementById('out').textContent !== ''");
    assertEquals(
      await page.evaluate(`[
        document.title,
        document.querySelector("h1").innerText,
        getComputedStyle(document.querySelector("h1")).color,
        document.querySelector("img").naturalWidth,
        document.getElementById("out").textContent,
      ]`),
      ["Small", "Wörld", "rgb(1, 2, 3)", 1, "module and dätä"],
    );
    assertEquals(page.responses.filter(({ status }) => status !== 200), []);
    await page.navigate(`${url}more`);
    assertEquals(await page.evaluate("[document.title, location.pathname]"), ["More", "/more/"]);
    await page.navigate(url);
    await page.waitFor("document.getElementById('out')?.textContent !== ''");
    assertEquals([page.messages, page.errors, page.failures], [[], [], []]);
  },
});
