/**
 * COMMAND LINE: `--header` and `--cors`, as a handler around the handler.
 *
 * Answers come by the thousand with the same field block, which was checked and written out once; so is
 * what becomes of it here. The longer block is found by the shorter one and forgotten with it.
 *
 * A field that is given takes the place of the handler's own of the same name, except for those of
 * which a response may have many. CORS is the Fetch Standard's: the star lets pages of every origin
 * read the answers, without the visitor's cookies; a preflight is answered here and never gets to the
 * handler. Answers that the driver makes by itself (400, 500) are amended in the same way.
 */

import { FieldBlock } from "../http1/field_block.ts";
import type { Handler, HttpRequest, HttpResponse } from "../server/handler.ts";
import { ReadyAnswer } from "../server/ready_answer.ts";
import type { OctetsAnswer } from "../server/text_answer.ts";

type FieldLines = readonly (readonly [name: string, value: string])[];

/** Several lines of these names are several values, and each stands. */
const MANY = new Set(["link", "set-cookie", "vary", "www-authenticate"]);

const ORIGIN: FieldLines = [["Access-Control-Allow-Origin", "*"]];
const PREFLIGHT: FieldLines = [
  ["Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"],
  // The star stands for all names but this one.
  ["Access-Control-Allow-Headers", "*, Authorization"],
  // A day; browsers ask again after two hours or less.
  ["Access-Control-Max-Age", "86400"],
];

/** What is asked for. */
export interface ExtraFields {
  /** Lines for every answer. */
  readonly fields: FieldLines;
  /** Whether pages of other origins may read the answers. */
  readonly cors: boolean;
}

/** `handler` with `fields` on every answer, and with the answers to pages of other origins. */
export function withExtraFields(handler: Handler, options: ExtraFields): Handler {
  const added = toAdded(options);
  if (added.length === 0) return handler;
  const extend = toExtension(added);
  const answer: Handler = (request) => {
    const response = handler(request);
    return response instanceof Promise ? response.then(extend) : extend(response);
  };
  if (!options.cors) return answer;
  const permission: HttpResponse = {
    status: 204,
    fields: new FieldBlock(override([...ORIGIN, ...PREFLIGHT], options.fields)),
    content: null,
  };
  return (request) => isPreflight(request) ? permission : answer(request);
}

/** What puts the fields on the answers that no handler gives; undefined where there are none. */
export function toAmendment(
  options: ExtraFields,
): ((answer: OctetsAnswer) => OctetsAnswer) | undefined {
  const added = toAdded(options);
  if (added.length === 0) return undefined;
  return ({ status, fields, content }) => {
    return { status, fields: fields.rewritten((lines) => override(lines, added)), content };
  };
}

function toAdded({ fields, cors }: ExtraFields): FieldLines {
  return cors ? override(ORIGIN, fields) : fields;
}

/** Adds `added` to answers: to one that is ready once, to others' blocks once. */
function toExtension(added: FieldLines): (response: HttpResponse) => HttpResponse {
  const blocks = new WeakMap<FieldBlock, FieldBlock>();
  const answers = new WeakMap<ReadyAnswer, ReadyAnswer>();
  const extendBlock = (block: FieldBlock) =>
    remembered(blocks, block, () => block.rewritten((lines) => override(lines, added)));
  return (response) => {
    const { status, fields, content } = response;
    if (!(response instanceof ReadyAnswer)) return { status, fields: extendBlock(fields), content };
    return remembered(answers, response, () => {
      return new ReadyAnswer({ status, fields: extendBlock(fields), content: response.content });
    });
  };
}

/** What `make` made for `key` the first time. */
function remembered<K extends WeakKey, V>(memory: WeakMap<K, V>, key: K, make: () => V): V {
  let value = memory.get(key);
  if (value === undefined) memory.set(key, value = make());
  return value;
}

function isPreflight(request: HttpRequest): boolean {
  return request.method === "OPTIONS" && request.fields.has("origin") &&
    request.fields.has("access-control-request-method");
}

/** `lines` without those that `added` replaces, and `added`. */
function override(lines: FieldLines, added: FieldLines): FieldLines {
  const replaced = new Set(added.map(([name]) => name.toLowerCase()).filter((n) => !MANY.has(n)));
  return [...lines.filter(([name]) => !replaced.has(name.toLowerCase())), ...added];
}
