/**
 * COMMAND LINE: the time in log lines, written out once a second.
 *
 * The Common Log Format has local time and says how far it is from UTC; so has a person who reads along.
 */

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The present second, as the formats write it. */
export class LogTime {
  /** `21/Nov/2026:14:46:48 +0000` */
  full = "";
  /** `14:46:48` */
  clock = "";
  readonly #zone: number | undefined;
  #second = NaN;

  /** `zone` is how many minutes local time is ahead of UTC; the machine knows it unless given. */
  constructor(zone?: number) {
    this.#zone = zone;
  }

  /** Makes it the second in which `now` lies, milliseconds since 1970. */
  set(now: number): void {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return;
    this.#second = second;
    // Midnight of summer time moves the zone, so it is asked for each second.
    const zone = this.#zone ?? -new Date(now).getTimezoneOffset();
    const local = new Date(now + zone * 60_000);
    this.clock = local.toISOString().slice(11, 19);
    const date = `${two(local.getUTCDate())}/${
      MONTHS[local.getUTCMonth()]
    }/${local.getUTCFullYear()}`;
    const ahead = Math.abs(zone);
    const offset = `${zone < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}${two(ahead % 60)}`;
    this.full = `${date}:${this.clock} ${offset}`;
  }
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
