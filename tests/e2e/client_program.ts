// Other people's clients: programs of this machine that speak HTTP without a line of ours.
//
// A test whose client is missing is ignored, and its name says so. A run is bounded in time by being
// killed, and its exit status is part of what is compared: curl says with it whether it was content.

export interface ClientResult {
  readonly code: number;
  readonly output: Uint8Array<ArrayBuffer>;
  readonly errors: string;
  /** The output as UTF-8. */
  text(): string;
}

const PATIENCE_MS = 60_000;
/** Where programs for administrators are, which PATH need not name. */
const MORE_FOLDERS = ["/usr/sbin", "/sbin"];

/** The file that a program's name means; null where there is none. */
export function findProgram(name: string): string | null {
  const windows = Deno.build.os === "windows";
  const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
  for (const folder of [...folders.filter((folder) => folder !== ""), ...MORE_FOLDERS]) {
    const path = `${folder}/${name}${windows ? ".exe" : ""}`;
    if (isFile(path)) return path;
  }
  return null;
}

/** What a test needs to be ignored where one of the programs is missing: spread it, and end its name with `because`. */
export function needs(...names: readonly string[]): { ignore: boolean; because: string } {
  const missing = names.filter((name) => findProgram(name) === null);
  return {
    ignore: missing.length > 0,
    because: missing.length > 0 ? ` (ignored: no ${missing.join(", no ")} in PATH)` : "",
  };
}

/** Runs a program to its end, or kills it when that does not come. */
export async function runClient(
  name: string,
  args: readonly string[],
  options: { cwd?: string | URL } = {},
): Promise<ClientResult> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const { code, stdout, stderr } = await new Deno.Command(findProgram(name) ?? name, {
      args: [...args],
      stdin: "null",
      signal: patience.signal,
      ...options,
    }).output();
    const errors = new TextDecoder().decode(stderr);
    if (patience.signal.aborted) {
      throw new Error(`${name} ${args.join(" ")} did not end in time: ${errors}`);
    }
    return { code, output: stdout, errors, text: () => new TextDecoder().decode(stdout) };
  } finally {
    clearTimeout(timer);
  }
}

/** Lends `use` an empty directory. */
export async function withTempDir(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "rawserve_e2e_" });
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The octets of a file in static/. */
export function siteFile(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`../../static/${name}`, import.meta.url));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
