// The program under test: `bonafide demo` in a folder of its own, for as long as a run lasts.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A small chain: enough of them to play each refusal. */
const MEMBERS = "200";

/** Starts a demo on a free port. Answers its address, its greeting's password, and how to end it. */
export async function startDemo(program) {
  const folder = await mkdtemp(join(tmpdir(), "bonafide-e2e-"));
  // Nobody of the chain has a face: the people of the photos are enrolled by the walk itself, or stay strangers.
  const photos = join(folder, "no-photos");
  const asked = ["demo", "--data", join(folder, "demo"), "--port", "0", "--members", MEMBERS, "--seed", "7", "--photos", photos];
  const child = spawn(program, asked, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => resolve({ code: null, signal: error.message }));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const end = await ended;
    await rm(folder, { recursive: true, force: true });
    return end;
  };
  const said = {};
  for await (const line of createInterface({ input: child.stdout })) {
    said.address ??= line.match(/^Bonafide is at (https?:\/\/\S+?)\/?$/)?.[1];
    said.password ??= line.match(/with the password: (.+)$/)?.[1];
    if (said.address && said.password) return { ...said, stop };
  }
  const { code, signal } = await stop();
  throw new Error(`the demo ended before it had an address (${code ?? signal}); is ${program} built?`);
}
