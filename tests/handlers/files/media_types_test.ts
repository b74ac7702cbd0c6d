import { TYPE_BY_EXTENSION, TYPE_BY_NAME } from "../../../lib/handlers/files/media_type_table.ts";
import { MediaTypes, parseMimeOption } from "../../../lib/handlers/files/media_types.ts";
import { SettingError } from "../../../lib/handlers/setting_error.ts";
import { FieldBlock } from "../../../lib/http1/field_block.ts";
import { assert, assertEquals, assertGreater, assertThrows } from "../../deps.ts";

const TEXT = "text/plain; charset=utf-8";
const UNKNOWN = "application/octet-stream";

const expectations: Record<string, string[]> = {
  "text/html; charset=utf-8": ["index.html", "a.htm", "INDEX.HTML", "/dir.js/index.html"],
  "text/css; charset=utf-8": ["a.css", "a.min.css"],
  "text/javascript; charset=utf-8": ["a.js", "a.mjs", "a.cjs", "a.min.js", "a.JS"],
  "text/markdown; charset=utf-8": ["README.md", "a.markdown"],
  "text/csv; charset=utf-8": ["a.csv"],
  "text/calendar; charset=utf-8": ["a.ics"],
  "text/vcard; charset=utf-8": ["a.vcf"],
  "text/vtt; charset=utf-8": ["a.vtt"],
  "application/json": ["a.json", "a.js.map", "a.css.map", "/.well-known/openid-configuration"],
  "application/ld+json": ["a.jsonld"],
  "application/geo+json": ["a.geojson"],
  "application/manifest+json": ["site.webmanifest"],
  "application/xml": ["sitemap.xml"],
  "application/xhtml+xml": ["a.xhtml"],
  "application/rss+xml": ["feed.rss"],
  "application/atom+xml": ["feed.atom"],
  "application/wasm": ["a.wasm"],
  "application/pdf": ["a.pdf", "report.final.PDF"],
  "application/epub+zip": ["a.epub"],
  "application/yaml": ["a.yaml", "a.yml"],
  "application/toml": ["Cargo.toml"],
  "application/zip": ["a.zip"],
  "application/gzip": ["a.gz", "a.tar.gz", "a.tgz", "a.svgz"],
  "application/x-tar": ["a.tar"],
  "application/zstd": ["a.zst"],
  "application/vnd.debian.binary-package": ["a.deb"],
  "application/x-rpm": ["a.rpm"],
  "application/vnd.sqlite3": ["a.sqlite"],
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ["a.docx"],
  "application/vnd.apple.mpegurl": ["live.m3u8"],
  "application/dash+xml": ["live.mpd"],
  "image/svg+xml": ["a.svg"],
  "image/png": ["a.png"],
  "image/apng": ["a.apng"],
  "image/jpeg": ["a.jpg", "a.jpeg", "A.JPG"],
  "image/gif": ["a.gif"],
  "image/webp": ["a.webp"],
  "image/avif": ["a.avif"],
  "image/jxl": ["a.jxl"],
  "image/heic": ["a.heic"],
  "image/vnd.microsoft.icon": ["favicon.ico"],
  "font/woff2": ["a.woff2"],
  "font/woff": ["a.woff"],
  "font/ttf": ["a.ttf"],
  "font/otf": ["a.otf"],
  "audio/mpeg": ["a.mp3"],
  "audio/mp4": ["a.m4a"],
  "audio/ogg": ["a.ogg", "a.opus"],
  "audio/flac": ["a.flac"],
  "audio/wav": ["a.wav"],
  "video/mp4": ["a.mp4", "a.m4v"],
  "video/webm": ["a.webm"],
  "video/quicktime": ["a.mov"],
  "video/matroska": ["a.mkv"],
  "video/iso.segment": ["a.m4s"],
  "model/gltf-binary": ["a.glb"],
  "model/gltf+json": ["a.gltf"],
  "model/3mf": ["a.3mf"],
  [TEXT]: [
    ...["robots.txt", "a.log", "a.ts", "a.d.ts", "a.tsx", "a.py", "a.rs", "a.go", "a.sh", "a.c"],
    ...["a.php", "a.conf", ".gitignore", "Node.gitignore", ".editorconfig", "Makefile", "LICENSE"],
    ...["README", "readme", "/src/Dockerfile"],
  ],
  [UNKNOWN]: [
    ...["a.exe", "a.bin", "a.unheardof", "a", "", "a.", ".", "..", ".x", "/a.html/b", "a.html~"],
    ...["a.html ", "constructor", "a.constructor", "a.__proto__", "makefile.xyz", "a.htmlx"],
  ],
};

for (const [type, names] of Object.entries(expectations)) {
  Deno.test(`MediaTypes knows ${type} (RFC 9110 8.3)`, () => {
    const types = new MediaTypes();
    for (const name of names) assertEquals([name, types.of(name)], [name, type]);
  });
}

Deno.test("the table of media types is lower case, sendable and has charset on text alone", () => {
  assertGreater(TYPE_BY_EXTENSION.size, 400);
  for (const [name, type] of [...TYPE_BY_EXTENSION, ...TYPE_BY_NAME]) {
    assertEquals(name, name.toLowerCase());
    assert(/^[a-z]+\/[a-z0-9.+-]+(?:; charset=utf-8)?$/.test(type), type);
    assertEquals(type.includes("charset"), type.startsWith("text/"), type);
    new FieldBlock([["Content-Type", type]]);
  }
});

Deno.test("MediaTypes prefers what was added (--mime)", () => {
  const types = new MediaTypes(new Map([".ts=video/mp2t", ".Foo=text/x-foo"].map(parseMimeOption)));
  assertEquals(types.of("a.ts"), "video/mp2t");
  assertEquals(types.of("a.FOO"), "text/x-foo; charset=utf-8");
  assertEquals(types.of("a.html"), "text/html; charset=utf-8");
});

const options: [text: string, extension: string, type: string][] = [
  [".ext=a/b", "ext", "a/b"],
  [".EXT=a/B", "ext", "a/B"],
  [" .ext = a/b ", "ext", "a/b"],
  [".c++=text/x-c++", "c++", "text/x-c++; charset=utf-8"],
  [".x=text/plain; charset=iso-8859-1", "x", "text/plain; charset=iso-8859-1"],
  [".x=text/plain;charset=utf-16", "x", "text/plain;charset=utf-16"],
  [".x=text/plain; format=flowed", "x", "text/plain; format=flowed; charset=utf-8"],
  [".x=application/json; a=b; c=d", "x", "application/json; a=b; c=d"],
  ['.x=a/b; c="d; \\"e\\""', "x", 'a/b; c="d; \\"e\\""'],
  [".数=a/b", "数", "a/b"],
];
for (const [text, extension, type] of options) {
  Deno.test(`parseMimeOption understands ${text}`, () => {
    assertEquals(parseMimeOption(text), [extension, type]);
  });
}

const badOptions = [
  ...["", "=", ".ext", "ext=a/b", ".=a/b", ".tar.gz=a/b", "a.ext=a/b", ".a/b=a/b", ". =a/b"],
  ...[
    ".x=",
    ".x=a",
    ".x=/b",
    ".x=a/",
    ".x=a/b/c",
    ".x=a b/c",
    ".x=a/b;",
    ".x=a/b; c",
    ".x=a/b; c=",
  ],
  ...[".x=a/b\r\nX: y", ".x=a/ä", '.x=a/b; c="d', '.x=a/b; c="d"e', ".x=a/b, c/d", ".x =a/b; =c"],
];
for (const text of badOptions) {
  Deno.test(`parseMimeOption refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseMimeOption(text), SettingError, "Cannot understand --mime ");
  });
}

Deno.test("parseMimeOption says what was wrong without repeating control characters", () => {
  const error = assertThrows(() => parseMimeOption(".x=a\x1b[2J/b"), SettingError);
  assertEquals(error.message.includes("\x1b"), false);
  assertEquals(error.message, `Cannot understand --mime ".x=a\\u001b[2J/b": ${error.advice}`);
});

Deno.test("parseMimeOption is not slowed down by what nearly fits", () => {
  const begun = performance.now();
  for (const part of ["; a=b", ";a", " ; ", '; a="\\', "a"]) {
    assertThrows(() => parseMimeOption(`.x=a/b${part.repeat(20_000)}\0`), SettingError);
  }
  assert(performance.now() - begun < 1_000);
});
