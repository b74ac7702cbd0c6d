/**
 * WHAT ANSWERS: a Content-Security-Policy that lets one script of ours in, and the stream that it reads.
 *
 * A policy is widened by two addresses and by nothing else: what it forbids to the page it goes on
 * forbidding, or somebody would find his page broken on the day on which it is published. Where a
 * directive is missing, another stands for it (CSP 3, 6.8.3), which is then copied. Left out: policies
 * inside a page, and those in which addresses count for nothing ('strict-dynamic').
 */

/** The directives that rule a kind of request, the first that is there. */
const SCRIPTS = ["script-src-elem", "script-src", "default-src"] as const;
const CONNECTIONS = ["connect-src", "default-src"] as const;

/** `value`, a list of policies, with the `script` allowed and connections to `stream`; both are whole URLs. */
export function allowOwnSources(
  value: string,
  { script, stream }: { script: string; stream: string },
): string {
  return value.split(",").map((policy) => {
    const directives = policy.split(";").map((text) => text.trim()).filter((text) => text !== "");
    allow(directives, { names: SCRIPTS, source: script });
    allow(directives, { names: CONNECTIONS, source: stream });
    return directives.join("; ");
  }).join(", ");
}

function allow(
  directives: string[],
  { names, source }: { names: readonly string[]; source: string },
): void {
  for (const name of names) {
    // Of two directives of one name the first counts.
    const at = directives.findIndex((text) => nameOf(text) === name);
    if (at < 0) continue;
    const sources = directives[at]!.split(/\s+/).slice(1).filter((one) => !/^'none'$/i.test(one));
    const isStandIn = name === "default-src";
    const widened = [isStandIn ? names.at(-2) : name, ...sources, source].join(" ");
    if (isStandIn) directives.push(widened);
    else directives[at] = widened;
    return;
  }
}

function nameOf(directive: string): string {
  return directive.split(/\s/, 1)[0]!.toLowerCase();
}
