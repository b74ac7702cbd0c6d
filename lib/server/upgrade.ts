/**
 * DRIVER (RFC 9110 sections 7.8 and 15.2.2): the answer that is the connection's last HTTP message. A handler that
 * answers 101 hands over what speaks another protocol from then on, and gets the wire for it: octets come and go,
 * nobody frames them, and the connection ends with the promise that `run` returned.
 *
 * Only the contract is here. Which requests allow it, and the wire itself, are in upgraded_connection.ts.
 */

/** Content of a 101 answer: what takes the connection over. */
export class Upgrade {
  /** The value of the Upgrade field that is sent, such as `websocket`. The request has to list it. */
  readonly protocol: string;
  /**
   * Called once: when the 101 is on its way, or when the peer has left before, and then `gone` has aborted. The
   * connection ends when the promise settles and what was written is taken. What it rejects with goes to
   * `Observer.onHandlerError`, unless it is the reason of one of the wire's signals.
   */
  readonly run: (wire: UpgradedWire) => Promise<void>;

  /** See the properties. */
  constructor(protocol: string, run: (wire: UpgradedWire) => Promise<void>) {
    this.protocol = protocol;
    this.run = run;
  }
}

/** A connection that speaks another protocol than HTTP. */
export interface UpgradedWire {
  /**
   * The next octets from the peer, first those that came behind the request's head; null when the peer has ended its
   * side. They are valid until the next read. One read at a time. Rejects with the reason of `gone` when the wire breaks or is
   * closed, and with `TypeError` while another read is under way and after the end of `run`.
   */
  read(): Promise<Uint8Array | null>;
  /**
   * Sends all octets, in the order of the calls, which may overlap; resolves when the system has taken them, and
   * they must not change until then. Rejects with the reason of `gone` when the wire breaks or is closed, which need
   * not be looked at, and with `TypeError` after the end of `run`.
   */
  write(octets: Uint8Array): Promise<void>;
  /** How many octets wait to be taken by the system. */
  readonly buffered: number;
  /** Aborts when the connection is closed, for whatever reason; where the wire broke, that is its reason's cause. */
  readonly gone: AbortSignal;
  /** Aborts when the server begins to shut down: say goodbye and end soon, for its grace bounds it. */
  readonly draining: AbortSignal;
}
