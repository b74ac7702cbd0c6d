/**
 * WHAT ANSWERS (POSIX.1-2017, pax): what stands before an entry of a tar archive. Pure code.
 *
 *   [ extended header 512 | its records, padded to 512 ]   only where the header below cannot say it all
 *   [ header 512 ]
 *   [ content, padded to 512 ]                             not here
 *
 * The header is the ustar one, of 512 octets with fields of fixed width, which every tar reads. It cannot
 * hold a name that is not ASCII or that is too long, a size of 8 GiB or more, or a time before 1970. Such
 * an entry has records in front, as every tar of the last twenty years understands them; the header
 * then says as much as it can.
 *
 * Owners are left out: who owns the files on the server is nobody's business, and whoever unpacks the
 * archive owns what comes out.
 */

/** Everything in an archive begins at a multiple of so many octets. */
export const BLOCK = 512;
/** The end of an archive: two blocks of zeros. */
export const END = 2 * BLOCK;

/** What an archive says about a file or a folder. */
export interface TarEntry {
  /** With `/` between its parts and none at either end. */
  readonly path: string;
  /** Whether it is a folder and has no content. */
  readonly isFolder: boolean;
  /** Octets of content; 0 for a folder. */
  readonly size: number;
  /** Seconds since 1970, a whole number. */
  readonly modified: number;
  /** The nine permission bits. */
  readonly mode: number;
}

/** The greatest number of eleven octal digits. */
const MOST = 8 ** 11 - 1;
const NAME_LENGTH = 100;
const PREFIX_LENGTH = 155;
const NOT_ASCII = /\P{ASCII}/gu;
const encoder = new TextEncoder();

/** How many octets stand before the content of `entry`: a multiple of 512. */
export function lengthOfTarHeader(entry: TarEntry): number {
  // Nearly all entries: the way of a name through here is what a long archive costs.
  const records = toRecords(entry);
  return records === null ? BLOCK : 2 * BLOCK + padded(records.length);
}

/** The octets that stand before the content of `entry`. */
export function serializeTarHeader(entry: TarEntry): Uint8Array {
  const records = toRecords(entry);
  if (records === null) return serializeBlock({ ...entry, path: toPath(entry) }, typeOf(entry));
  const name = toPlainName(entry);
  const octets = new Uint8Array(2 * BLOCK + padded(records.length));
  octets.set(serializeBlock({
    path: `PaxHeaders/${name}`.slice(0, NAME_LENGTH),
    size: records.length,
    modified: clamp(entry.modified),
    mode: 0o644,
  }, "x"));
  octets.set(records, BLOCK);
  octets.set(
    serializeBlock({
      path: name,
      size: entry.size > MOST ? 0 : entry.size,
      modified: clamp(entry.modified),
      mode: entry.mode,
    }, typeOf(entry)),
    octets.length - BLOCK,
  );
  return octets;
}

/** `length` and what fills its last block. Octets. */
export function padded(length: number): number {
  // No bit operations: they end at 2^31.
  return Math.ceil(length / BLOCK) * BLOCK;
}

/** A folder's path ends with a slash. */
function toPath({ path, isFolder }: TarEntry): string {
  return isFolder ? `${path}/` : path;
}

function typeOf({ isFolder }: TarEntry): string {
  return isFolder ? "5" : "0";
}

function clamp(modified: number): number {
  return Math.min(Math.max(modified, 0), MOST);
}

/** What the header cannot say, as records; null where there is nothing. */
function toRecords(entry: TarEntry): Uint8Array | null {
  const path = toPath(entry);
  let records = "";
  if (path.search(NOT_ASCII) >= 0 || splitPath(path) === null) records += toRecord("path", path);
  if (entry.size > MOST) records += toRecord("size", String(entry.size));
  if (entry.modified !== clamp(entry.modified)) {
    records += toRecord("mtime", String(entry.modified));
  }
  return records === "" ? null : encoder.encode(records);
}

/** `27 path=...\n`: the number counts the octets of the record, its own digits too. */
function toRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const octets = encoder.encode(rest).length;
  let length = octets + String(octets).length;
  if (octets + String(length).length !== length) length++;
  return `${length}${rest}`;
}

/** An ASCII path in two parts that fit their fields, without the slash between; null where there are none. */
function splitPath(path: string): [prefix: string, name: string] | null {
  if (path.length <= NAME_LENGTH) return ["", path];
  // The name is not empty, so a folder's last slash is no border.
  const border = path.indexOf("/", path.length - NAME_LENGTH - 1);
  if (border < 1 || border > PREFIX_LENGTH || border >= path.length - 1) return null;
  return [path.slice(0, border), path.slice(border + 1)];
}

/** A name for programs that do not read records: the end of the path, in ASCII. */
function toPlainName(entry: TarEntry): string {
  const plain = toPath(entry).replace(NOT_ASCII, "_");
  return plain.slice(-NAME_LENGTH).replace(/^\/+(?=.)/, "");
}

/** A ustar header block; everything in it fits. */
function serializeBlock(
  { path, size, modified, mode }: Omit<TarEntry, "isFolder">,
  type: string,
): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, offset: number) => encoder.encodeInto(text, block.subarray(offset));
  const putOctal = (value: number, offset: number, digits: number) =>
    put(value.toString(8).padStart(digits, "0"), offset);
  const [prefix, name] = splitPath(path)!;
  put(name, 0);
  putOctal(mode & 0o777, 100, 7);
  putOctal(0, 108, 7);
  putOctal(0, 116, 7);
  putOctal(size, 124, 11);
  putOctal(modified, 136, 11);
  put(type, 156);
  put("ustar\x0000", 257);
  putOctal(0, 329, 7);
  putOctal(0, 337, 7);
  put(prefix, 345);
  // The sum of all octets, with spaces where it will stand itself.
  put("        ", 148);
  putOctal(block.reduce((sum, octet) => sum + octet, 0), 148, 6);
  block[154] = 0;
  return block;
}
