/**
 * WHAT ANSWERS (RFC 6266, RFC 8187): the name under which a download is saved.
 *
 * A name goes out twice where it must: once as plain characters that every client reads alike, and once
 * as it really is, which clients prefer where they understand it. Quotation marks, backslashes and
 * percent signs are legal in the plain one and still replaced, for browsers disagree about them
 * (RFC 6266 appendix D).
 */

/** What a plain name does not hold: what is no visible ASCII, and `"`, `%`, `/` and `\`. */
const NOT_PLAIN = /[^\x20-\x7e]|["%/\\]/gu;
/** What encodeURIComponent leaves and an extended value must not hold (RFC 8187 3.2.1). */
const NOT_EXTENDED = /['()*]/g;

/** The value of Content-Disposition for a download that is to be saved as `name`, in any characters. */
export function toAttachment(name: string): string {
  const whole = name.toWellFormed();
  const plain = whole.replace(NOT_PLAIN, "_");
  const disposition = `attachment; filename="${plain}"`;
  if (plain === whole) return disposition;
  const extended = encodeURIComponent(whole).replace(
    NOT_EXTENDED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${disposition}; filename*=UTF-8''${extended}`;
}
