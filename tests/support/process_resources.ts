// What a process holds, as Linux tells it in /proc: descriptors and memory. And the wait for something
// that no event tells of, such as another process's descriptors: asked again and again, within bounds.

const PATIENCE_MS = 20_000;
const PERIOD_MS = 10;

/** How many descriptors the process has open. */
export function descriptorsOf(pid: number): number {
  let count = 0;
  for (const _ of Deno.readDirSync(`/proc/${pid}/fd`)) count++;
  return count;
}

/** How many descriptors this process may have, at the most that it may ask for; 0 where nobody tells. */
export function descriptorLimit(): number {
  if (Deno.build.os !== "linux") return 0;
  // Deno itself asks for the most when it starts.
  const limits = Deno.readTextFileSync("/proc/self/limits");
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? 0);
}

/** Octets of memory that are its own or shared and in use now. */
export function residentOctetsOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Resolves when `read` gives what `isWanted` wants; rejects with the last of what it gave when that takes too long. */
export async function until<Value>(
  read: () => Value,
  isWanted: (value: Value) => boolean,
): Promise<Value> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = read();
    if (isWanted(value)) return value;
    if (performance.now() > end) {
      throw new Error(`It did not come to ${isWanted}; at last there was ${Deno.inspect(value)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
}

/** The processes that `pid` has started. */
export function childrenOf(pid: number): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", String(pid)] })
    .outputSync();
  return new TextDecoder().decode(stdout).split("\n").map(Number).filter((pid) => pid > 0);
}
