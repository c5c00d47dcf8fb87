/**
 * `everspan run -- node agent.js`: the program as it is, with `everspan/register` loaded before it, in all Node.js processes
 * that it starts. They are one trace, whose root is the command. What the program has not delivered when it ends, however it
 * ends, it has left in a spool, and is delivered then.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { tracerFromEnv } from "../environment/tracer-from-env.ts";
import { injectTraceContext } from "../integrations/propagation/index.ts";
import { readSpoolAccounts } from "../read-spool.ts";
import type { Span } from "../recording/span/span.ts";
import { chooseDestination } from "./destination.ts";
import { endAs, type ProgramEnd, runProgram } from "./program.ts";
import { say } from "./say.ts";
import { UsageError } from "./usage-error.ts";

/** How long the end of the program may be held up by what it left. */
const DELIVERY_MS = 10_000;
const NOT_FOUND = 127;

interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly isQuiet: boolean;
  readonly mayStartCollector: boolean;
}

/** @returns the program's exit code. @throws UsageError */
export async function run(args: readonly string[]): Promise<number> {
  const options = toRunOptions(args);
  const tell = options.isQuiet ? () => {} : say;
  const { variables, viewer } = await chooseDestination(process.env, options.mayStartCollector);
  const spool = process.env.EVERSPAN_SPOOL_DIR || mkdtempSync(join(tmpdir(), "everspan-run-"));
  const env: NodeJS.ProcessEnv = { ...process.env, ...variables, EVERSPAN_SPOOL_DIR: spool };
  // Our own spans wait in memory: this process is not the one that is killed.
  const tracer = tracerFromEnv({ spool: undefined }, env);
  const root = tracer.startTrace().startSpan([basename(options.command), ...options.args.slice(0, 1)].join(" "), {
    type: "AGENT_WORKFLOW",
    // A text: lists of runs show what was asked in its first words.
    input: [options.command, ...options.args].join(" "),
    data: { command: [options.command, ...options.args], directory: process.cwd() },
  });
  if (viewer !== undefined) tell(`${new URL(`/traces/${root.traceId}`, viewer).href}`);
  const end = await runTraced(options, { ...env, ...traceVariables(root), ...registration(env) });
  describeEnd(root, end);
  root.end();
  await tracer.shutdown({ timeoutMs: DELIVERY_MS });
  await deliverRest(spool, env, spool !== process.env.EVERSPAN_SPOOL_DIR);
  return endAs(end);
}

/** @throws UsageError */
function toRunOptions(args: readonly string[]): RunOptions {
  const at = args.indexOf("--");
  const own = at < 0 ? args : args.slice(0, at);
  const first = at < 0 ? own.findIndex((arg) => !arg.startsWith("-")) : own.length;
  const [command, ...rest] = at < 0 ? (first < 0 ? [] : own.slice(first)) : args.slice(at + 1);
  const flags = { quiet: { type: "boolean" }, "no-collector": { type: "boolean" } } as const;
  let values: { readonly quiet?: boolean | undefined; readonly "no-collector"?: boolean | undefined };
  try {
    values = parseArgs({ args: own.slice(0, first < 0 ? undefined : first), options: flags }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (command === undefined) throw new UsageError("run needs a program: everspan run -- node agent.js");
  return {
    command,
    args: rest,
    isQuiet: values.quiet === true,
    mayStartCollector: values["no-collector"] !== true,
  };
}

async function runTraced({ command, args }: RunOptions, env: NodeJS.ProcessEnv): Promise<ProgramEnd> {
  try {
    return await runProgram(command, args, env);
  } catch (error) {
    say(`${command} can't be started: ${(error as Error).message}`);
    return { code: NOT_FOUND, signal: null };
  }
}

function traceVariables(root: Span): NodeJS.ProcessEnv {
  const { traceparent, tracestate } = injectTraceContext(root) ?? {};
  return { TRACEPARENT: traceparent, TRACESTATE: tracestate };
}

/** Beside this file in the package. Every Node.js process that the program starts loads it, also `tsx` and `npx`. */
function registration({ NODE_OPTIONS }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const register = `--import=${new URL("./register.js", import.meta.url).href}`;
  return { NODE_OPTIONS: NODE_OPTIONS ? `${NODE_OPTIONS} ${register}` : register };
}

function describeEnd(root: Span, { code, signal }: ProgramEnd): void {
  root.setData(signal === null ? { exitCode: code } : { signal });
  if (signal === "SIGINT" || signal === "SIGTERM") root.status = "CANCELED";
  else if (code !== 0) {
    const error = new Error(
      signal === null ? `the program ended with code ${code}` : `the program was ended by ${signal}`,
    );
    error.name = "ProgramEnd";
    delete error.stack;
    root.recordError(error);
  }
}

/** What the program's processes have left is adopted and delivered as a next start of theirs would. */
async function deliverRest(spool: string, env: NodeJS.ProcessEnv, isOurs: boolean): Promise<void> {
  if ((await pendingIn(spool)) > 0) {
    const tracer = tracerFromEnv({ spool: { directory: spool } }, env);
    await tracer.flush({ timeoutMs: DELIVERY_MS });
    await tracer.shutdown({ timeoutMs: 1_000 });
  }
  const left = await pendingIn(spool);
  if (left > 0) say(`${left} records are not delivered; they are kept: npx everspan drain ${spool}`);
  else if (isOurs) rmSync(spool, { recursive: true, force: true });
}

async function pendingIn(spool: string): Promise<number> {
  const accounts = await readSpoolAccounts(spool);
  return accounts
    .filter(({ isHeld }) => !isHeld)
    .flatMap(({ lanes }) => lanes)
    .reduce((sum, { pending }) => sum + pending, 0);
}
