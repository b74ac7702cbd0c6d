/**
 * WHAT ANSWERS: patterns of paths, for options that are about some files and not about others.
 *
 *   *.html          a name, in any folder           *   any characters but /, also none
 *   /assets/**      everything below a folder       **  between slashes: any folders, also none
 *   docs/*.{md,txt} a path from the root on         ?   one character but /
 *                                                   {a,b}  either, not nested
 *
 * Every other character means itself; case counts, as it does in paths. What is at the end of a
 * pattern that ends in `/` or `/**` is everything below.
 *
 * Nothing here can be made slow. Braces are written out when the pattern is read, and how many patterns
 * that makes is bounded. Each is then matched the way that file name patterns can always be: when
 * something does not fit, only the last star may take one more, for what came before it has already
 * been found at its first place, and a later one could not help. So no character of a path is compared
 * with one of a pattern more than once for each place where the star can end: pattern times path, at most,
 * and no expression that could backtrack.
 */

/** How many patterns the braces of one may make. */
export const ALTERNATIVES_LIMIT = 100;
const ANY_FOLDERS = "**";

/** A pattern that paths match or do not. */
export class PathPattern {
  /** Each way through the braces, cut into segments. */
  readonly #alternatives: readonly (readonly string[])[];

  /** Throws `SyntaxError`, whose message says what is wrong, for a pattern that has no meaning. */
  constructor(text: string) {
    if (text === "") throw new SyntaxError("the pattern is empty");
    this.#alternatives = expandBraces(text).map(toSegments);
  }

  /** Whether `path`, which begins with `/` and is not percent-encoded, is meant. */
  matches(path: string): boolean {
    const segments = path.slice(1).split("/");
    return this.#alternatives.some((pattern) =>
      matchSequence(pattern, segments, {
        isStar: (segment) => segment === ANY_FOLDERS,
        fits: matchSegment,
      })
    );
  }
}

/** `text` once for each choice that its braces leave. */
function expandBraces(text: string): string[] {
  let made = [""];
  for (let at = 0; at < text.length;) {
    const open = text.indexOf("{", at);
    const literal = text.slice(at, open < 0 ? text.length : open);
    if (literal.includes("}")) throw new SyntaxError("a } has no { before it");
    let choices = [literal];
    at = text.length;
    if (open >= 0) {
      const close = text.indexOf("}", open);
      if (close < 0) throw new SyntaxError("a { has no } behind it");
      const inside = text.slice(open + 1, close);
      if (inside.includes("{")) throw new SyntaxError("braces stand inside braces");
      choices = inside.split(",").map((choice) => literal + choice);
      at = close + 1;
    }
    if (made.length * choices.length > ALTERNATIVES_LIMIT) {
      throw new SyntaxError(`its braces make more than ${ALTERNATIVES_LIMIT} patterns`);
    }
    made = made.flatMap((start) => choices.map((choice) => start + choice));
  }
  return made;
}

function toSegments(pattern: string): string[] {
  const isName = !pattern.includes("/");
  const segments = (pattern.startsWith("/") ? pattern.slice(1) : pattern).split("/");
  if (isName) segments.unshift(ANY_FOLDERS);
  const last = segments.length - 1;
  // Below a folder, and not the folder's own name: at least one segment, which may be empty.
  if (segments[last] === "") segments.splice(last, 1, ANY_FOLDERS, "*");
  else if (segments[last] === ANY_FOLDERS) segments.push("*");
  for (const segment of segments) {
    if (segment.includes(ANY_FOLDERS) && segment !== ANY_FOLDERS) {
      throw new SyntaxError("** stands for folders and has slashes around it");
    }
  }
  return segments;
}

function matchSegment(pattern: string, segment: string): boolean {
  return matchSequence([...pattern], [...segment], {
    isStar: (character) => character === "*",
    fits: (wanted, character) => wanted === "?" || wanted === character,
  });
}

/** Whether `items` are what `pattern` says, in which a star is any number of items. */
function matchSequence(
  pattern: readonly string[],
  items: readonly string[],
  meaning: { isStar: (part: string) => boolean; fits: (part: string, item: string) => boolean },
): boolean {
  let part = 0;
  let item = 0;
  /** The last star, and the first item that it has not taken. */
  let star = -1;
  let behindStar = 0;
  while (item < items.length) {
    if (part < pattern.length && meaning.isStar(pattern[part]!)) {
      star = part++;
      behindStar = item;
    } else if (part < pattern.length && meaning.fits(pattern[part]!, items[item]!)) {
      part++;
      item++;
    } else if (star >= 0) {
      part = star + 1;
      item = ++behindStar;
    } else {
      return false;
    }
  }
  while (part < pattern.length && meaning.isStar(pattern[part]!)) part++;
  return part === pattern.length;
}
