import {
  CachePolicy,
  KEEP_FOR_GOOD,
  parseCacheOption,
  REVALIDATE,
} from "../../../lib/handlers/files/cache_policy.ts";
import { PathPattern } from "../../../lib/handlers/files/path_pattern.ts";
import { SettingError } from "../../../lib/handlers/setting_error.ts";
import { assert, assertEquals, assertThrows } from "../../deps.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

Deno.test("CachePolicy lets files be kept and asks each time, for a year where the name says so", () => {
  const policy = new CachePolicy();
  for (
    const path of ["/", "/index.html", "/a/b.css", "/3f2a9c1b.d/app.js", "/report-december.pdf"]
  ) {
    assertEquals([path, policy.of(path)], [path, "no-cache"]);
  }
  for (const path of ["/app.3f2a9c1b.js", "/assets/index-BxY3kd9Z.css"]) {
    assertEquals([path, policy.of(path)], [path, "max-age=31536000, immutable"]);
  }
});

Deno.test("CachePolicy does not let shared caches hand out what needs a password (RFC 9111 3.5)", () => {
  for (const value of [REVALIDATE, KEEP_FOR_GOOD]) assert(!/public|s-maxage/.test(value));
});

Deno.test("CachePolicy says what the last rule says that matches", () => {
  const rules = ["*.html=no-store", "/assets/**=max-age=3600", "/assets/*.js=max-age=60"];
  const policy = new CachePolicy(rules.map(parseCacheOption));
  assertEquals(policy.of("/a/index.html"), "no-store");
  assertEquals(policy.of("/assets/a.css"), "max-age=3600");
  assertEquals(policy.of("/assets/index.html"), "max-age=3600");
  assertEquals(policy.of("/assets/a.js"), "max-age=60");
  assertEquals(policy.of("/assets/b/app.3f2a9c1b.js"), "max-age=3600");
  assertEquals(policy.of("/app.3f2a9c1b.js"), KEEP_FOR_GOOD);
});

const understood: [text: string, path: string, value: string][] = [
  ["*.html=no-store", "/a.html", "no-store"],
  ["*=max-age=60,must-revalidate", "/a", "max-age=60, must-revalidate"],
  ["/a b/**=  public ,  max-age=1  ", "/a b/c", "public, max-age=1"],
  ["*=stale-if-error=60, x-new", "/a", "stale-if-error=60, x-new"],
];
for (const [text, path, value] of understood) {
  Deno.test(`parseCacheOption understands ${text}`, () => {
    const rule = parseCacheOption(text);
    assertEquals([rule.pattern.matches(path), rule.value], [true, value]);
  });
}

const misunderstood: [text: string, says: string][] = [
  ["", "give PATTERN=VALUE"],
  ["*.html", "give PATTERN=VALUE"],
  ["=no-store", "give PATTERN=VALUE"],
  ["*.html=", "no list of directives"],
  ["*=no-store,", "no list of directives"],
  ["*=no-store;max-age=1", "no list of directives"],
  ["*=a b", "no list of directives"],
  ["*=no-store\r\nX: y", "no list of directives"],
  ["*=max-age=1=2", "no list of directives"],
  ["*=3600", "such as max-age=3600"],
  ["*=max-age", "max-age takes a number of seconds"],
  ["*=max-age=1h", "max-age takes a number of seconds"],
  ["*=Max-Age=-1", "Max-Age takes a number of seconds"],
  ["{a=no-store", "a { has no } behind it"],
  ["a}=no-store", "a } has no { before it"],
  ["{a,{b}}=no-store", "braces stand inside braces"],
  ["**.js=no-store", "** stands for folders"],
  ["/a**/b=no-store", "** stands for folders"],
  ["{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}=no-store", "more than 100 patterns"],
];
for (const [text, says] of misunderstood) {
  Deno.test(`parseCacheOption refuses ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseCacheOption(text), SettingError, says);
    assert(error.message.startsWith("Cannot understand --cache "), error.message);
  });
}

const patterns: [pattern: string, yes: string[], no: string[]][] = [
  ["*.html", ["/a.html", "/.html", "/a/b/c.html"], ["/a.htm", "/a.html/b", "/a.HTML", "/"]],
  ["a.txt", ["/a.txt", "/b/a.txt"], ["/a-txt", "/ba.txt", "/a.txt/"]],
  ["/a.txt", ["/a.txt"], ["/b/a.txt"]],
  ["b/a.txt", ["/b/a.txt"], ["/c/b/a.txt", "/a.txt"]],
  ["/assets/*", ["/assets/a", "/assets/"], ["/assets", "/assets/a/b", "/x/assets/a"]],
  ["/assets/**", ["/assets/a", "/assets/a/b/c", "/assets/"], [
    "/assets",
    "/assetsx/a",
    "/x/assets/a",
  ]],
  ["/assets/", ["/assets/a", "/assets/a/b", "/assets/"], ["/assets"]],
  ["/**/a", ["/a", "/b/a", "/b/c/a"], ["/ba", "/a/b"]],
  ["/a/**/b", ["/a/b", "/a/x/b", "/a/x/y/b"], ["/ab", "/a/bx", "/x/a/b"]],
  ["/**/a/**/b", ["/a/b", "/x/a/a/y/b"], ["/b/a"]],
  ["/**/a/b/**/c", ["/a/x/a/b/c", "/a/b/a/b/x/c"], ["/a/c/b/c"]],
  ["**", ["/", "/a", "/a/b"], []],
  ["/**", ["/", "/a", "/a/b"], []],
  ["/", ["/", "/a", "/a/b"], []],
  ["*", ["/", "/a", "/a/b"], []],
  ["/*", ["/", "/a"], ["/a/b"]],
  ["?.js", ["/a.js", "/ü.js", "/😀.js"], ["/.js", "/ab.js"]],
  ["/a?b", ["/axb"], ["/a/b", "/ab"]],
  ["*.{css,js}", ["/a.css", "/b/a.js"], ["/a.ts", "/a.{css,js}"]],
  ["/{a,b/c}/d{,.txt}", ["/a/d", "/b/c/d.txt"], ["/c/d", "/a/dx"]],
  ["{/a,/b}/**", ["/a/x", "/b/x/y"], ["/c/x"]],
  ["a*b*c", ["/abc", "/axxbxxc", "/abbcc", "/abcabc"], ["/acb", "/abcx"]],
  ["[a].(b)+$^|\\", ["/[a].(b)+$^|\\"], ["/a.b"]],
];
for (const [text, yes, no] of patterns) {
  Deno.test(`PathPattern reads ${text}`, () => {
    const pattern = new PathPattern(text);
    for (const path of yes) assert(pattern.matches(path), `${path} is meant`);
    for (const path of no) assert(!pattern.matches(path), `${path} is not meant`);
  });
}

Deno.test("PathPattern agrees with an expression that says the same", () => {
  const random = new SeededRandom();
  for (let i = 0; i < 3_000; i++) {
    const segments = Array.from(
      { length: 1 + random.int(4) },
      () => random.pick(["**", "*", "a", "?", "a*", "*b", "a*b", "*a*", "ab", "a?*b"]),
    );
    const path = Array.from(
      { length: 1 + random.int(5) },
      () => "/" + random.pick(["a", "b", "ab", "aab", "abab", "ba", "", "aabb"]),
    ).join("");
    const source = segments.map((segment, at) => {
      if (segment === "**") return at === segments.length - 1 ? "/.*" : "(?:/[^/]*)*";
      return "/" + segment.replaceAll("?", "[^/]").replaceAll("*", "[^/]*");
    }).join("");
    const expected = new RegExp(`^${source}$`).test(path);
    const text = `/${segments.join("/")}`;
    assertEquals(
      new PathPattern(text).matches(path),
      expected,
      `${text} and ${path}, seed ${random.seed}`,
    );
  }
});

Deno.test("PathPattern needs pattern times path at most, whatever they are", () => {
  const begun = performance.now();
  const long = "a".repeat(8_000);
  assert(!new PathPattern("*a".repeat(30) + "b").matches(`/${long}`));
  assert(!new PathPattern(`/${"**/a/".repeat(30)}b`).matches("/a".repeat(4_000)));
  assert(!new PathPattern(`/${"**/*a*/".repeat(30)}b`).matches("/a".repeat(4_000)));
  assert(!new PathPattern("{a,b,c}*".repeat(4) + "z").matches(`/${long}`));
  assert(performance.now() - begun < 2_000);
});
