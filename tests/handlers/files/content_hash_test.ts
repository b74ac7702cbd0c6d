import { hasContentHash } from "../../../lib/handlers/files/content_hash.ts";
import { assert, assertEquals } from "../../deps.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const hashed: Record<string, string[]> = {
  "webpack and Create React App": [
    ...["app.3f2a9c1b.js", "main.3f2a9c1b7d.chunk.css", "main.3f2a9c1b7d4e8f6a0b2c.js"],
    ...[
      "main.3f2a9c1b.chunk.js.map",
      "logo.5d5d9eefa31e5e13a6610d9fa7a283bb.svg",
      "787.28cb0dcd.chunk.js",
    ],
    ...[
      "static.8f2c41d9.woff2",
      "runtime~main.a8a9905a.js",
      "5d5d9eefa31e5e13a6610d9fa7a283bb.png",
    ],
  ],
  "Vite, Rollup, Astro, SvelteKit, Nuxt": [
    ...[
      "index-BxY3kd9Z.js",
      "index-D-bK_x9Z.js",
      "index-legacy-D3wrGTda.js",
      "foo-BRBmoGS9.js",
      "shared-B7PI925R.js",
      "vendor-C1yV0_q9.css",
    ],
    ...[
      "logo-DyFwbXJ4.png",
      "inter-latin-Dx4kXJAl.woff2",
      "start.BxY3kd9Z.js",
      "entry.DQ2kZ8xP.css",
    ],
    ...["BxY3kd9Z.js", "hoisted.Ce8vT0pM.js", "worker-B2nQ7tYs.js.map", "index.C0m_9xZq.css"],
  ],
  "esbuild and Angular": [
    ...["chunk-4BZVQ3GX.js", "main-PLZ4T3QJ.js", "styles-5INU3TSO.css", "polyfills-B6TNHZQ6.js"],
    ...["logo-4BZVQ3GX.svg", "app.Q2XJ7ZKB.js.map"],
  ],
  "Bun": ["index-4h2k3j5m.js", "chunk-0h3k2q5v.css"],
  "Parcel": ["index.3f2a9c1b.css", "logo.b7a9924e.webp"],
  "Next.js": [
    ...["main-8fa1640cc84ba8fe.js", "webpack-1a2b3c4d5e6f7a8b.js", "f3e1a9ac3b2fcdd2.css"],
    ...["c9a5bc6a7c948fb0-s.p.woff2", "page-0f5b6c1a2b3c4d5e.js"],
  ],
  "Hugo, Rails, Django, Phoenix, Turbopack": [
    "main.min.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.css",
    "application-5d5d9eefa31e5e13a6610d9fa7a283bb.js",
    "app.55e7cbb9ba48.css",
    "node_modules_3f2a9c1b.js",
  ],
  "sound and films": ["intro.3f2a9c1b.mp4", "click-5d5d9eefa31e5e13a6610d9fa7a283bb.mp3"],
};
for (const [tool, names] of Object.entries(hashed)) {
  Deno.test(`hasContentHash knows the names of ${tool}`, () => {
    for (const name of names) assert(hasContentHash(name), name);
  });
}

const plain: Record<string, string[]> = {
  "words": [
    ...["background.jpg", "report-december.pdf", "index-settings.js", "app.bundle.js", "style.css"],
    ...["site-overview.js", "facade.js", "app-defaced.js", "deadbeef.js", "version-deadbeef.js"],
    ...["cafebabe.css", "fade-effaced.css", "app.decadeed.js", "background-beefcafe.png"],
    ...["user-UserCard.js", "UserCard.js", "MyURLMap.js", "x-DataGrid.js", "index-HtmlPage.js"],
    ...["index-JavaScr.js", "app-SETTINGS.js", "scan-DOCUMENT.png", "README-LICENSES.css"],
    ...["my-long-component-name.js", "some-File_Name.js", "jquery.js", "a.js", ""],
  ],
  "words and numbers": [
    ...["app-Version2.js", "doc-Section9.png", "x-Chapter1.css", "part-Part2024.js", "Utf8Text.js"],
    ...[
      "x-Mp4Video.js",
      "scan-INVOICE2.png",
      "vendor-2columns.js",
      "x-mp4video.js",
      "x-web3page.js",
    ],
    ...[
      "x-es2015fn.js",
      "report-Q3_Final.png",
      "shot-Img_1234.jpg",
      "shot-IMG_1234.jpg",
      "Q3_Final.js",
    ],
    ...["x-Vector3D.js", "lib-iPhone15.png", "face2face.js", "app-a1234567.js", "app-1234567a.js"],
    ...["user-Api-v2-x.js", "app-3D-View1.js"],
  ],
  "dates and numbers": [
    ...[
      "photo-20240101.jpg",
      "IMG_20240512.jpg",
      "20240512.png",
      "shot-20240512a1.png",
      "shot-20240512a1b2.png",
    ],
    ...[
      "log-20240512093015.js",
      "IMG_20240512_101530.jpg",
      "data.2024-05-12.json",
      "1234567890.jpg",
    ],
    ...["DSC01234.JPG", "P1010001.jpg", "frame-00000017.png", "frame-0000001f.png", "12345678.css"],
    ...["map-240512ab.png", "tile-0123456789ab.png", "show-s01e02hd.mp4", "Show-S01E02Hd.mp4"],
  ],
  "versions": [
    ...["jquery-3.7.1.min.js", "bootstrap-5.3.0-alpha1.min.js", "react.v18.2.0.js", "lib-1.2.3.js"],
    ...[
      "three.r152.js",
      "app-v10.20.30.css",
      "vue-3.4.21-rc1.js",
      "d3.v7.min.js",
      "a-1.0.0.20240101.js",
    ],
  ],
  "things": [
    ...[
      "photo-550e8400-e29b-41d4-a716-446655440000.jpg",
      "3f2504e0-4f89-11d3-9a0c-0305e82c3301.png",
    ],
    ...["avatar-507f1f77bcf86cd799439011.png", "user.550e8400e29b41d4a716446655440000.png"],
    ...["dQw4w9WgXcQ.mp4", "video-dQw4w9Wg.mp4"],
  ],
  "what nobody builds with a hash": [
    ...["index.3f2a9c1b.html", "index-BxY3kd9Z.html", "report-3f2a9c1b.pdf", "app-3f2a9c1b.zip"],
    ...[
      "notes.3f2a9c1b.txt",
      "app-3f2a9c1b",
      "3f2a9c1b",
      "feed.3f2a9c1b.xml",
      "backup.3f2a9c1b.sql",
    ],
    ...["a.3f2a9c1b.txt.map"],
  ],
  "parts elsewhere in the name": [
    ...["3f2a9c1b-app.js", "app.3f2a9c1b.extra.js", "app-3f2a9c1b-copy.js", "app.3f2a9c1b (1).js"],
    ...["xBxY3kd9Z.js", "app3f2a9c1b.js", "index_BxY3kd9Z.js"],
  ],
  "the wrong length or case": [
    ...["app.3f2a9c1.js", "app.3f2a9c1b7.js", "index-BxY3kd9.js", "index-BxY3kd9Za.js"],
    ...["app.3F2A9C1B.png", "app.3f2a9c1b7d4e8f6a0b2c3d4e5f.js"],
  ],
};
for (const [kind, names] of Object.entries(plain)) {
  Deno.test(`hasContentHash is not taken in by ${kind}`, () => {
    for (const name of names) assertEquals([name, hasContentHash(name)], [name, false]);
  });
}

const alphabets: [tool: string, alphabet: string, length: number, share: number][] = [
  ["8 hexadecimal digits", "0123456789abcdef", 8, 0.8],
  ["20 hexadecimal digits", "0123456789abcdef", 20, 0.99],
  ["Rollup's 8", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 8, 0.7],
  ["esbuild's 8", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 8, 0.6],
];
for (const [tool, alphabet, length, share] of alphabets) {
  Deno.test(`hasContentHash knows most hashes of ${tool}`, () => {
    const random = new SeededRandom(8);
    let known = 0;
    for (let i = 0; i < 1_000; i++) {
      const hash = Array.from({ length }, () => random.pick([...alphabet])).join("");
      if (hasContentHash(`app-${hash}.js`)) known++;
    }
    assert(known / 1_000 >= share, `${known} of 1000`);
  });
}

Deno.test("hasContentHash takes no longer for longer names than their length asks", () => {
  const begun = performance.now();
  for (const part of [".min", "-s", "a1", "_", "Aa1-", "."]) {
    hasContentHash(`${part.repeat(20_000)}.js`);
  }
  assert(performance.now() - begun < 1_000);
});
