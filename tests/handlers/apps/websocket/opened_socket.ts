// A socket over a wire without one, and what happened to it, as text.

import type { MessageDeflate } from "../../../../lib/handlers/apps/websocket/message_deflate.ts";
import { ServerSocket } from "../../../../lib/handlers/apps/websocket/server_socket.ts";
import { CLOSE, type ServerFrame } from "./client_frames.ts";
import { FakeWire } from "./fake_wire.ts";

export interface Opened {
  readonly wire: FakeWire;
  readonly socket: ServerSocket;
  /** What happened, in order. */
  readonly events: string[];
  readonly reports: unknown[];
  /** Resolves when all is over. */
  readonly over: Promise<void>;
}

const decoder = new TextDecoder();

/** The most octets of a message. */
export const MAX = 1_000;

/** A socket that is open, or about to be where `before` wants something first. */
export function open(
  options: {
    idleTimeout?: number;
    closeTimeout?: number;
    deflate?: MessageDeflate;
    before?: (socket: ServerSocket, wire: FakeWire) => void;
  } = {},
): Opened {
  const reports: unknown[] = [];
  const events: string[] = [];
  const wire = new FakeWire();
  const socket = new ServerSocket({
    url: "ws://a.example/x",
    protocol: "chat",
    deflate: options.deflate ?? null,
    idleTimeout: options.idleTimeout ?? 0,
    closeTimeout: options.closeTimeout ?? 60,
    maxMessage: MAX,
    report: (error) => reports.push(error),
  });
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, (event) => {
      events.push(`${toText(event)} in ${socket.readyState}`);
    });
  }
  options.before?.(socket, wire);
  return { wire, socket, events, reports, over: socket.run(wire) };
}

function toText(event: Event): string {
  if (event instanceof CloseEvent) return `close ${event.code} ${event.reason} ${event.wasClean}`;
  if (event instanceof ErrorEvent) return `error ${event.message}`;
  if (!(event instanceof MessageEvent)) return event.type;
  const { data } = event;
  return `message ${data instanceof ArrayBuffer ? `[${[...new Uint8Array(data)]}]` : data}`;
}

/** A frame as text. */
export const shown = ({ first, payload }: ServerFrame) =>
  `${first.toString(16)} ${
    (first & 15) === CLOSE && payload.length > 0
      ? `${payload[0]! << 8 | payload[1]!} ${decoder.decode(payload.subarray(2))}`
      : decoder.decode(payload)
  }`.trim();

/** Runs microtasks and what is due, until the socket has done all that it can. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
