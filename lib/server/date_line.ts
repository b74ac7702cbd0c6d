/**
 * DRIVER (RFC 9110 6.6.1): the Date line, made once a second and not once an answer: asking for the
 * time costs up to 80 ns, which is a tenth of all that the driver does for a small request.
 */

import { toHttpDate } from "../http1/http_date.ts";

const encoder = new TextEncoder();

/** The Date line of a server; `refresh` it at the beginning of each second. */
export class DateLine {
  /** The line with its CRLF. */
  octets: Uint8Array = new Uint8Array(0);
  #second = -1;

  constructor() {
    this.refresh();
  }

  /** Makes the line that belongs to the present second. */
  refresh(): void {
    const second = Math.floor(Date.now() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.octets = encoder.encode(`Date: ${toHttpDate(second * 1000)}\r\n`);
  }
}
