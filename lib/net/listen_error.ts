/**
 * SOCKETS: what can go wrong with a listening socket, and what it means.
 *
 * Two moments fail differently. Listening fails once, at the start, for a reason that a person has to
 * mend: `ListenError` names it. Accepting fails now and then in a running server, and the question is
 * only whether to go on: at once, after a pause, or not at all.
 */

/** Why an address could not be listened on. */
export type ListenFault =
  | "taken"
  | "denied"
  | "no-such-address"
  | "not-a-socket"
  | "bad-certificate"
  | "other";

/** Listening failed; `fault` tells why, the message says it in words. */
export class ListenError extends Error {
  /** `ListenError`, by which it is told from others in a log. */
  override readonly name = "ListenError";
  /** What stands in the way. */
  readonly fault: ListenFault;

  /** `message` is a sentence's beginning, such as `Cannot listen on 127.0.0.1:80: permission is denied`. */
  constructor(message: string, options: { fault: ListenFault; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.fault = options.fault;
  }
}

const REASONS: Record<Exclude<ListenFault, "other">, string> = {
  taken: "the port is taken",
  denied: "permission is denied",
  "no-such-address": "this machine has no such address",
  "not-a-socket": "a file that is not a socket is in the way",
  "bad-certificate": "the certificate or its key cannot be used",
};

/** Names what an error of `Deno.listen` means for the address `where`. */
export function toListenError(error: unknown, where: string): ListenError {
  if (error instanceof ListenError) return error;
  const fault = toListenFault(error);
  const reason = fault === "other"
    ? (error instanceof Error ? error.message : String(error))
    : REASONS[fault];
  return new ListenError(`Cannot listen on ${where}: ${reason}`, { fault, cause: error });
}

function toListenFault(error: unknown): ListenFault {
  if (error instanceof Deno.errors.AddrInUse) return "taken";
  if (error instanceof Deno.errors.PermissionDenied) return "denied";
  if (error instanceof Deno.errors.NotCapable) return "denied";
  if (error instanceof Deno.errors.AddrNotAvailable) return "no-such-address";
  // A host name that does not resolve comes as a plain Error.
  if (error instanceof Error && /lookup address|name resolution|nodename/i.test(error.message)) {
    return "no-such-address";
  }
  return "other";
}

/**
 * What a rejected `accept` means: `closed`, the listener is closed; `exhausted`, descriptors or memory
 * have run out and a pause may bring them back; `connection`, that one connection was lost before it
 * was accepted and the next one may come at once.
 */
export type AcceptFailure = "closed" | "exhausted" | "connection";

/** Tells what a rejected `accept` means. */
export function toAcceptFailure(error: unknown): AcceptFailure {
  if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
    return "closed";
  }
  if (isConnectionFailure(error)) return "connection";
  // EMFILE, ENFILE, ENOBUFS, ENOMEM, and whatever else we cannot name: a pause hurts nobody, while a
  // loop without one would burn a processor.
  return "exhausted";
}

function isConnectionFailure(error: unknown): boolean {
  // accept(2) hands over errors of the new connection as its own; Linux asks to treat them as EAGAIN.
  return error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.TimedOut ||
    error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.InvalidData;
}
