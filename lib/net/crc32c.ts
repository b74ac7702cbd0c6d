/**
 * SOCKETS (RFC 3720 appendix B.4): CRC-32C, the Castagnoli checksum that a PROXY preamble may carry.
 */

/** The polynomial 0x1edc6f41, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, octet) => {
  let rest = octet;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : rest >>> 1 ^ POLYNOMIAL;
  return rest;
});

/** The checksum of the octets, as an unsigned number. */
export function crc32c(octets: Uint8Array): number {
  let rest = 0xffffffff;
  for (const octet of octets) rest = rest >>> 8 ^ TABLE[(rest ^ octet) & 0xff]!;
  return (rest ^ 0xffffffff) >>> 0;
}
