/**
 * SOCKETS (RFC 4291 2.2, RFC 5952, RFC 6943 3.1.1): an IP address as text and as octets.
 *
 * An address that somebody tells us is compared and logged, so it must have one spelling: text is read
 * strictly, and written in one form whatever it came in. IPv4 is four decimal numbers, for `0177.1` and
 * `127.1` are read differently by different programs. IPv4 inside IPv6 (`::ffff:192.0.2.1`) is the same
 * peer seen through another socket, so it is IPv4 here. Zones (`fe80::1%eth0`) mean something on one
 * machine only and are refused.
 */

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;
const GROUPS = 8;
/** The longest is `ffff:` six times and an IPv4 address. */
const LONGEST = 45;

/** The octets of an address: 4 of IPv4, inside IPv6 or not, 16 of IPv6. Null where `text` is none. */
export function parseIpAddress(text: string): Uint8Array | null {
  if (text.length > LONGEST) return null;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = IPV4.exec(text);
  if (parts === null) return null;
  const octets = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const digits = parts[i + 1]!;
    if (Number(digits) > 255 || (digits.length > 1 && digits.startsWith("0"))) return null;
    octets[i] = Number(digits);
  }
  return octets;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [before = "", after] = halves;
  // An IPv4 address may stand at the end, and only there.
  const head = toGroups(before, after === undefined);
  const tail = after === undefined ? [] : toGroups(after, true);
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  // `::` stands for at least one group (RFC 5952 4.2.2 asks writers for two).
  if (after === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return toPlain(Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));
}

function toGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(parseInt(part, 16));
    } else {
      const octets = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : null;
      if (octets === null) return null;
      groups.push(octets[0]! << 8 | octets[1]!, octets[2]! << 8 | octets[3]!);
    }
  }
  return groups;
}

/** IPv4 where it is IPv4 inside IPv6 (RFC 4291 2.5.5.2), everything else as it is. */
export function toPlain(octets: Uint8Array): Uint8Array {
  return isMapped(octets) ? octets.slice(12) : octets;
}

/** Whether these are the octets of an IPv4 address inside IPv6, `::ffff:0:0/96`. */
export function isMapped(octets: Uint8Array): boolean {
  return octets.length === 16 && octets[10] === 0xff && octets[11] === 0xff &&
    octets.subarray(0, 10).every((octet) => octet === 0);
}

/** The address in the one form that RFC 5952 recommends: `192.0.2.1`, `2001:db8::1`. */
export function formatIpAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  const groups = Array.from({ length: GROUPS }, (_, i) => octets[2 * i]! << 8 | octets[2 * i + 1]!);
  const { start, length } = findZeros(groups);
  const write = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return write(groups);
  return `${write(groups.slice(0, start))}::${write(groups.slice(start + length))}`;
}

/** The longest run of zeros, the first of several. */
function findZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}
