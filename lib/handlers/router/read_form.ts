/**
 * WHAT ANSWERS: a form that was posted, or the answer that says why it is none.
 *
 *   const form = await readForm(request);
 *   if (form instanceof Response) return form;
 *
 * The platform's `formData` rejects with one and the same `TypeError` whatever is wrong, and an app that
 * does not catch it answers 500 for a mistake that is the peer's. Here content of another type is 415,
 * and what the platform cannot take apart 400. Too much content is the server's own matter: it refuses that
 * before the app is asked, or while the form is read.
 */

import { plainAnswer } from "./plain_answer.ts";

/** The types of content that a browser posts a form as (HTML 4.10.21.3, without `text/plain`). */
const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)[ \t]*(?:;|$)/i;

/**
 * The entries of the form in `request`; where there is none, the answer to that: 415 or 400. Rejects as
 * the content does where it breaks off or is too long.
 */
export async function readForm(request: Request): Promise<FormData | Response> {
  if (!FORM.test(request.headers.get("content-type") ?? "")) {
    return plainAnswer(415, "Send this as a form does");
  }
  try {
    return await request.formData();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return plainAnswer(400, "The form cannot be read");
  }
}
