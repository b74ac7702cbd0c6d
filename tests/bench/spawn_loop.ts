// The process start alone: starts a program again and again, reads what it writes, and prints how often a second.
//
//   deno run -A tests/bench/spawn_loop.ts SECONDS AT_A_TIME PROGRAM [ARGUMENT ...]
//
// No socket, no request, no answer: no server that runs a script per request on Deno can be faster. The first
// second is not counted.

const [seconds = "", atATime = "", program = "", ...args] = Deno.args;
const WARMING = 1;

let count = 0;
let began = performance.now();
const end = began + (WARMING + Number(seconds)) * 1_000;
setTimeout(() => {
  count = 0;
  began = performance.now();
}, WARMING * 1_000);
await Promise.all(Array.from({ length: Number(atATime) }, spawnAgainAndAgain));
console.log(count / (performance.now() - began) * 1_000);

async function spawnAgainAndAgain(): Promise<void> {
  const command = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  while (performance.now() < end) {
    const { success, stdout } = await command.output();
    if (!success || stdout.length === 0) throw new Error(`${program} does not run`);
    count++;
  }
}
