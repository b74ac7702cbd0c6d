/**
 * WHAT ANSWERS: HTML as a template in which nothing can break out of its place.
 *
 *   html`<p>Hello, ${name}</p>`
 *
 * Whatever is put in is escaped, for text and for attribute values between quotes alike; only what was
 * made by `html` itself goes in as it is. Lists are put in one behind the other, null, undefined and
 * false are nothing. Scripts, style sheets and attributes without quotes are no place for values.
 */

/** Markup that was made by `html`. */
export class Html {
  readonly #markup: string;

  /** Only `html` makes these. */
  constructor(markup: string) {
    this.#markup = markup;
  }

  /** The markup. */
  toString(): string {
    return this.#markup;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` as it is written between tags, or between the quotes of an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** Puts values into markup; see this file's essay. */
export function html(markup: TemplateStringsArray, ...values: readonly unknown[]): Html {
  let text = markup[0]!;
  for (const [i, value] of values.entries()) text += toMarkup(value) + markup[i + 1]!;
  return new Html(text);
}

function toMarkup(value: unknown): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(toMarkup).join("");
  if (value === null || value === undefined || value === false) return "";
  return escapeHtml(String(value));
}
