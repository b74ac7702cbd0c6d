/**
 * DRIVER (RFC 7301): what the driver speaks, by the names under which it is agreed upon within TLS.
 *
 * A client that offers HTTP/2 alone is refused by the handshake, instead of being answered in another
 * language; one that offers nothing gets HTTP/1.1.
 */

/** The protocols that `serve` speaks, for `listenTls`, the dearest first. */
export const PROTOCOLS: readonly string[] = ["http/1.1", "http/1.0"];
