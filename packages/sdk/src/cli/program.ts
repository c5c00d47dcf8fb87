/** Another program in our place: our input and output are its own, signals reach it, and its end is ours. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const FORWARDED: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH"];
/** A terminal sends these to every process in front of it, the program included. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];

/** @throws the system's error when the program can't be started */
export function runProgram(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProgramEnd> {
  const child = spawn(command, args, { env, stdio: "inherit" });
  const undo: (() => void)[] = [];
  const listen = (signal: NodeJS.Signals, listener: () => void) => {
    process.on(signal, listener);
    undo.push(() => process.removeListener(signal, listener));
  };
  const terminal = hasTerminal();
  for (const signal of FORWARDED) listen(signal, () => void child.kill(signal));
  for (const signal of FROM_TERMINAL) listen(signal, () => void (terminal || child.kill(signal)));
  return new Promise<ProgramEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    for (const step of undo) step();
  });
}

/** Ends this process as the program ended. @returns the exit code, where a signal does not end it */
export function endAs({ code, signal }: ProgramEnd): number {
  if (signal === null) return code ?? 1;
  process.kill(process.pid, signal);
  return 128 + constants.signals[signal];
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
