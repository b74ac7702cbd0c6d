/**
 * WHAT ANSWERS: a request for a document whose answer is going to be changed on its way out.
 *
 * What a browser knows of a page is of the page as it was changed, and the handler behind knows the one
 * without the change. So the handler is not told what the browser has (RFC 9110 13.1), is asked for the
 * whole and not for a part (14.2), and for plain text and not for a coded one (12.5.3).
 */

import { Fields } from "../../http1/fields.ts";
import type { HttpRequest } from "../../server/handler.ts";
import { DerivedRequest } from "../derived_request.ts";

const LEFT_OUT =
  /^(?:accept-encoding|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|range)$/i;
/** What navigations ask for (Fetch 2.2.5); a script that asks has another one, and wants what there is. */
const DOCUMENTS = /^(?:document|embed|frame|iframe|object)$/;

/** Whether a browser asks for something to show: a page, or what a frame holds. */
export function isForDocument({ method, fields }: HttpRequest): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const destination = fields.get("sec-fetch-dest");
  if (destination !== null && !DOCUMENTS.test(destination)) return false;
  return fields.get("accept")?.includes("text/html") ?? false;
}

/** A request for the whole of something as it is now, uncoded. Its fields may be kept. */
export class DocumentRequest extends DerivedRequest {
  readonly #fields: Fields;

  constructor(request: HttpRequest) {
    super(request);
    this.#fields = Fields.from([...request.fields].filter(([name]) => !LEFT_OUT.test(name)));
  }

  override get fields(): Fields {
    return this.#fields;
  }
}
