/**
 * WHAT ANSWERS: `Deno.upgradeWebSocket` for the requests of our apps.
 *
 *   const { socket, response } = Deno.upgradeWebSocket(request);
 *
 * The app gets both at once; the socket connects when the server has answered with the response. The
 * platform lets nobody make a `Response` with status 101, so this one is of a make of its own, that `toUpgrade`
 * knows again. An app that is written for Deno names `Deno.upgradeWebSocket`: while apps are served that
 * is ours, and hands on the requests that are not, such as those of a server that the app itself runs.
 */

import { FieldBlock, isDriverField } from "../../../http1/field_block.ts";
import type { HttpResponse } from "../../../server/handler.ts";
import { Upgrade } from "../../../server/upgrade.ts";
import { toHttpRequest } from "../app_request.ts";
import { shakeHands } from "./handshake.ts";
import { ServerSocket } from "./server_socket.ts";

/** How an upgraded connection is to be: what `Deno.upgradeWebSocket` takes, and a bound. */
export interface WebSocketOptions {
  /** The subprotocol to speak; one of those that the client offers. None where it is left out. */
  readonly protocol?: string | undefined;
  /** How many seconds nothing may come from the client, not even an answer to a ping; 30, and 0 for ever. */
  readonly idleTimeout?: number | undefined;
  /** The most octets of one message, 16 MiB: whoever sends a longer one is told 1009, and the connection ends. */
  readonly maxMessage?: number | undefined;
}

/** A socket, and what to answer with so that it connects. */
export interface WebSocketUpgrade {
  readonly socket: WebSocket;
  readonly response: Response;
}

const IDLE_TIMEOUT = 30;
/** As patient as other servers are with a Close frame; seconds. */
const CLOSE_TIMEOUT = 10;
/** All of a message is in memory before an app sees any of it, for each client that sends one. */
const MAX_MESSAGE = 16 * 2 ** 20;
/** Of a timer, whose milliseconds have 31 bits. */
const LONGEST_IDLE = 2_000_000;

class UpgradeResponse extends Response {
  readonly #socket: ServerSocket;

  constructor(socket: ServerSocket, lines: readonly (readonly [string, string])[]) {
    super(null, { headers: lines as [string, string][] });
    this.#socket = socket;
  }

  override get status(): number {
    return 101;
  }

  override get statusText(): string {
    return "Switching Protocols";
  }

  override get ok(): boolean {
    return false;
  }

  static socketOf(response: object): ServerSocket | null {
    return #socket in response ? response.#socket : null;
  }
}

Object.defineProperty(UpgradeResponse, "name", { value: "Response" });

/**
 * Makes `request`, one that an app is asked, a WebSocket; null where it is not one of ours. What listeners throw
 * goes to `report`. Throws `RefusedUpgrade`, a `TypeError`, where the client does not ask for one rightly;
 * `RangeError` where the options are out of range.
 */
export function upgradeRequest(
  request: Request,
  { report, ...options }: WebSocketOptions & { report: (error: unknown) => void },
): WebSocketUpgrade | null {
  const asked = toHttpRequest(request);
  if (asked === null) return null;
  const { protocol = "", idleTimeout = IDLE_TIMEOUT, maxMessage = MAX_MESSAGE } = options;
  if (!(idleTimeout >= 0 && idleTimeout <= LONGEST_IDLE)) {
    throw new RangeError(`Cannot upgrade: the idle timeout is 0 to ${LONGEST_IDLE} seconds`);
  }
  if (!(maxMessage >= 0 && maxMessage < 2 ** 31)) {
    throw new RangeError("Cannot upgrade: the longest message is 0 to 2147483647 octets");
  }
  const { lines, deflate } = shakeHands(asked, { headers: request.headers, protocol });
  const url = request.url.replace(/^http/, "ws");
  const socket = new ServerSocket({
    url,
    protocol,
    deflate,
    idleTimeout,
    closeTimeout: CLOSE_TIMEOUT,
    maxMessage,
    report,
  });
  const shown = [["Upgrade", "websocket"], ["Connection", "Upgrade"], ...lines] as const;
  return {
    socket: socket as unknown as WebSocket,
    response: new UpgradeResponse(socket, shown as readonly (readonly [string, string])[]),
  };
}

/** The answer that connects the socket of `response`. Throws `TypeError` where it has none. */
export function toUpgrade(response: Response): HttpResponse {
  const socket = UpgradeResponse.socketOf(response);
  if (socket === null) {
    throw new TypeError("Cannot answer with 101: it is no response of upgradeWebSocket");
  }
  const lines = [...response.headers].filter(([name]) => !isDriverField(name));
  return {
    status: 101,
    fields: new FieldBlock(lines),
    content: new Upgrade("websocket", (wire) => socket.run(wire)),
  };
}

/**
 * Makes `Deno.upgradeWebSocket` one that knows our requests; from then on it is, for the whole process. What
 * listeners throw goes to `report`.
 */
export function installUpgradeWebSocket(report: (error: unknown) => void): void {
  const platforms = Deno.upgradeWebSocket;
  Deno.upgradeWebSocket = (request, options = {}) =>
    upgradeRequest(request, { ...options, report }) ?? platforms(request, options);
}
