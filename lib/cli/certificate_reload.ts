/**
 * COMMAND LINE: another certificate while the server runs.
 *
 * The two files are read again. Connections that are open go on with what they have, every new one gets
 * the new certificate, and none is lost between; a pair that cannot be used is one line, and the old one
 * stays.
 */

import { ListenError } from "../net/listen_error.ts";
import type { TlsListener } from "../net/tls.ts";
import { escapeControls } from "./escape.ts";
import { Failure } from "./failure.ts";
import type { PemFiles } from "./options.ts";
import { readIdentity } from "./server_identity.ts";

/** What a reload needs to know. */
export interface CertificateReloadOptions {
  readonly files: PemFiles;
  /** Told in a line what has been done. */
  readonly onTaken: (line: string) => void;
  /** Told in a line what could not be done. */
  readonly onTrouble: (line: string) => void;
}

/** Gives `listener` what the files hold now, or leaves it as it is. */
export function reloadCertificate(listener: TlsListener, options: CertificateReloadOptions): void {
  const { files, onTaken, onTrouble } = options;
  try {
    listener.replaceIdentity(readIdentity(files));
    onTaken(`New connections get the certificate in ${escapeControls(files.certificate)}`);
  } catch (error) {
    if (!(error instanceof Failure || error instanceof ListenError)) throw error;
    onTrouble(`${escapeControls(error.message)}; the old certificate stays`);
  }
}
