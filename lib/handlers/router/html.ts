/**
 * WHAT ANSWERS: the framework's template, which the server's own pages use as well: see `../html.ts`.
 */

export { escapeHtml, Html, html } from "../html.ts";
