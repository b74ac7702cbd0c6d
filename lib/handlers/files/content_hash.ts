/**
 * WHAT ANSWERS: does a name carry a hash of the content?
 *
 * Build tools write `app.3f2a9c1b.js` so that a browser may keep the file for good: other content will
 * have another name. To take a name for such a one that is not costs people a stale page for
 * a year; not to know one costs a 304 a visit. So when in doubt the answer is no.
 *
 *   main.3f2a9c1b7d.chunk.css.map
 *        ^^^^^^^^^^ the last part before the extensions, where a hash always stands
 *
 *   1. The extension is one of those that pages are made of. Pages themselves, documents and archives
 *      are visited and linked by their names, and nobody builds them with a hash.
 *   2. The part is lower-case hexadecimal digits, as many as digests have or tools leave of them (webpack,
 *      Parcel, Angular, Next.js, Rails, Django, Hugo); or it is 8 characters of base64url in both cases
 *      (Rollup, Vite and what is built on it), of base32 in capitals (esbuild), or, in code alone, of
 *      letters of one case and digits (Bun, and Rollup now and then).
 *   3. It falls into many short pieces. `UserCard`, `Version2` and `a1234567` are two pieces of one case
 *      or of digits each, a hash has one at every other character. How many it takes, each kind says below.
 *   4. It does not begin with a date, three quarters of it are not one number, and it is no UUID and not
 *      the end of one, for that names a thing and not its content.
 *
 * By the numbers, 13 in 100 hashes of 8 hexadecimal digits are not recognized, 26 of Rollup's and 30 of
 * esbuild's; of longer ones nearly all are.
 */

/** What pages are made of. */
const CODE = new Set(["js", "mjs", "cjs", "css", "map", "wasm", "json", "webmanifest"]);
const PICTURES_AND_FONTS = new Set(
  "svg png apng jpg jpeg gif webp avif jxl ico woff2 woff ttf otf eot glb gltf ktx2".split(" "),
);
/** Names of films are full of digits and capitals (`s01e02`), so of these only hexadecimal hashes count. */
const SOUND_AND_FILMS = new Set("mp4 webm mov ogg ogv mp3 m4a wav flac opus aac m4s".split(" "));

/** What tools put between a hash and the extension; `-s.p` is how Next.js marks fonts. */
const MARKS = /(?:-s)?(?:\.(?:min|chunk|bundle|module|worker|async|legacy|esm|p))*$/;
const HEXADECIMAL = /(?:^|[._-])([0-9a-f]{8,64})$/;
/** 24 is missing: so long are the names that MongoDB gives to things. */
const HEXADECIMAL_LENGTHS = new Set([8, 10, 12, 16, 20, 32, 40, 64]);
const EIGHT = /(?:^|[.-])([A-Za-z0-9_-]{8})$/;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Versions 1, 4 and 7 in the place of the version, and the variant (RFC 9562 4). */
const BARE_UUID = /^[0-9a-f]{12}[147][0-9a-f]{3}[89ab][0-9a-f]{15}$/;
const NUMBERS = /[0-9]+/g;
const DATE = /^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]/;
const PIECE = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+/g;

/** Whether `name`, the last part of a path, names its content, so that the content never changes. */
export function hasContentHash(name: string): boolean {
  const parts = name.split(".");
  let extension = parts.pop() ?? "";
  const isMap = extension === "map" && CODE.has(parts.at(-1) ?? "");
  if (isMap) extension = parts.pop()!;
  const isCode = CODE.has(extension);
  const isAsset = isCode || PICTURES_AND_FONTS.has(extension);
  if (!isAsset && !SOUND_AND_FILMS.has(extension)) return false;
  const stem = parts.join(".").replace(MARKS, "");
  const hexadecimal = HEXADECIMAL.exec(stem)?.[1];
  if (hexadecimal !== undefined) return isHexadecimalHash(hexadecimal) && !UUID.test(stem);
  const eight = isAsset ? EIGHT.exec(stem)?.[1] : undefined;
  return eight !== undefined && isHashOfEight(eight, isCode);
}

function isHexadecimalHash(part: string): boolean {
  if (!HEXADECIMAL_LENGTHS.has(part.length) || countPieces(part) < 3) return false;
  return !isMostlyNumber(part) && !DATE.test(part) && !BARE_UUID.test(part);
}

function isHashOfEight(part: string, isCode: boolean): boolean {
  if (isMostlyNumber(part)) return false;
  const pieces = countPieces(part);
  if (/[A-Z]/.test(part) && /[a-z]/.test(part)) {
    // Where it holds a - or _ these may just as well be several words.
    return pieces >= (/[-_]/.test(part) ? 5 : 4);
  }
  if (/^[A-Z2-7]{8}$/.test(part)) return pieces >= 3;
  return isCode && /^(?:[a-z0-9]{8}|[A-Z0-9]{8})$/.test(part) && pieces >= 4;
}

function isMostlyNumber(part: string): boolean {
  return part.match(NUMBERS)?.some((number) => number.length >= part.length * 0.75) ?? false;
}

function countPieces(part: string): number {
  return part.match(PIECE)?.length ?? 0;
}
