/**
 * WHAT ANSWERS (RFC 3875 sections 4.1 and 7.2): the environment that a script starts with.
 *
 * Meta-variables are octets, and an environment is made of octets as well, but Deno takes text for it and
 * writes it as UTF-8. So octets that are UTF-8 arrive as they were sent, and others cannot be handed on.
 * A field that a script can do without is left out then (4.1.18 leaves to the server which ones there are);
 * where a path or a type of content is concerned, there is no environment, and the request is refused.
 *
 * Fields that are about the connection are left out: the script has another one. `Transfer-Encoding` among
 * them is undone by the time the content arrives. And credentials are (section 9.2): whoever may look at a process may
 * look at its environment, and a password that the server has checked is no business of the script's.
 */

const CONNECTION =
  /^HTTP_(?:CONNECTION|EXPECT|KEEP_ALIVE|PROXY_AUTHORIZATION|PROXY_CONNECTION|TE|TRAILER|TRANSFER_ENCODING|UPGRADE)$/;
const NOT_ASCII = /[\x80-\xff]/;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The environment made of `variables`, whose characters are octets; null where one of them cannot be in it.
 * `passAuthorization` keeps HTTP_AUTHORIZATION.
 */
export function toEnvironment(
  variables: ReadonlyMap<string, string>,
  options: { passAuthorization: boolean },
): Record<string, string> | null {
  const environment: Record<string, string> = {};
  for (const [name, value] of variables) {
    if (CONNECTION.test(name)) continue;
    if (name === "HTTP_AUTHORIZATION" && !options.passAuthorization) continue;
    const text = decode(value);
    if (text !== null) environment[name] = text;
    else if (!name.startsWith("HTTP_")) return null;
  }
  return environment;
}

/** The text whose UTF-8 is `octets`; null where there is none. */
function decode(octets: string): string | null {
  if (!NOT_ASCII.test(octets)) return octets;
  try {
    return decoder.decode(Uint8Array.from(octets, (character) => character.charCodeAt(0)));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
