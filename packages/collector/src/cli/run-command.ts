/** The command line: finds the command, and turns what goes wrong into one sentence and an exit code. */
import { Command, CommanderError } from "commander";
import { defaultDataDirectory } from "../data-directory.ts";
import { oneLine } from "../logger.ts";
import { VERSION } from "../version.ts";
import type { CopyFlags } from "./copy.ts";
import type { ExportFlags } from "./export.ts";
import type { ImportFlags } from "./import.ts";
import type { ReindexFlags } from "./reindex.ts";
import type { ServeFlags } from "./serve-options.ts";
import { UsageError } from "./usage-error.ts";

/** @returns the exit code: 0 done, 1 failed, 2 the command line is wrong */
export async function runCommand(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = commandLine((done) => {
    code = done;
  });
  try {
    if (args.length === 0) throw new UsageError("a command is missing");
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    return explain(error, program);
  }
}

function explain(error: unknown, program: Command): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const isUsage = error instanceof UsageError || error instanceof CommanderError;
  const message = error instanceof Error ? error.message.replace(/^error: /, "") : String(error);
  process.stderr.write(`everspan: ${oneLine(message)}\n`);
  if (!isUsage) return 1;
  process.stderr.write("\n");
  program.outputHelp({ error: true });
  return 2;
}

/** Commands are loaded when they run: `everspan --version` needs no database. */
function commandLine(finish: (code: number) => void): Command {
  const program = new Command("everspan")
    .description("Agent tracing on your own machine.")
    .version(VERSION, "-v, --version")
    .addHelpText("after", "\nOf the SDK: everspan run -- COMMAND…, everspan init")
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  addServe(program, finish);
  addToken(program, finish);
  addOperations(program, finish);
  addTransfer(program, finish);
  program
    .command("drain <directory>")
    .description("deliver what dead processes left in a spool, to where the environment says")
    .option("--to <url>", "deliver to this collector instead (or set EVERSPAN_COLLECTOR_URL)")
    .option("--timeout <seconds>", "how long to try", "60")
    .action(async (directory: string, flags: { to?: string; timeout: string }) => {
      const { drain, toDrainOptions } = await import("./drain.ts");
      const code = await drain(toDrainOptions(directory, flags));
      // A segment of gigabytes may still be read: it is left for the next time, and nobody waits for it.
      process.exit(code);
    });
  program
    .command("ledger <directory>")
    .description("print the accounts of a spool: what became of every record")
    .action(async (directory: string) => finish(await (await import("./ledger.ts")).ledger(directory)));
  return program;
}

function addServe(program: Command, finish: (code: number) => void): void {
  const collect = (name: string, names: readonly string[]) => [...names, name];
  program
    .command("serve")
    .description("receive spans, keep them, show them in the browser")
    .option(
      "--host <address>",
      "address to listen on; beyond this machine it needs a token, and --tls-cert or --behind-proxy",
      "127.0.0.1",
    )
    .option("--port <number>", "port to listen on; 0 picks a free one", "4318")
    .option("--data <directory>", "where spans are kept (default: the user's directory for data, or EVERSPAN_DATA)")
    .option(
      "--store <address>",
      "a store that several collectors share: clickhouse://user:password@host:port/database (or set EVERSPAN_STORE)",
    )
    .option("--token <token>", "one token for everything (or set EVERSPAN_TOKEN); see also: everspan token")
    .option("--allow-host <name>", "another name this server is reached by; may be repeated", collect, [])
    .option("--behind-proxy", "a proxy that speaks https stands before this server")
    .option("--prices <file>", "your own prices of models, before the public table's; see docs/operations.md")
    .option("--tls-cert <file>", "speak https with this certificate (PEM); needs --tls-key")
    .option("--tls-key <file>", "its private key (PEM)")
    .option("--keep-days <days>", "remove traces to which nothing was added for longer")
    .option("--max-bytes <size>", "while the store is larger, remove what got nothing new for longest; such as 20GB")
    .option("--max-requests-per-second <number>", "requests of one project")
    .option("--max-ingest-per-day <size>", "bytes of one project's spans in a day, such as 5GB")
    .option("--log-format <format>", "text, or json: an object a line", "text")
    .option("--readers <number>", "processes that read, beside one that writes; 0: everything in one process", "0")
    .option("--no-sample", "leave an empty store empty: record no run of the sample agent")
    .action(async (flags: ServeFlags) => {
      const { toServeOptions } = await import("./serve-options.ts");
      const options = toServeOptions(flags, process.env);
      finish(await (await import("./serve.ts")).serve(options));
    });
}

function addToken(program: Command, finish: (code: number) => void): void {
  const token = program.command("token").description("make, list and revoke the tokens of a collector");
  const data = ["--data <directory>", "the collector's directory", defaultDataDirectory()] as const;
  const collect = (scope: string, scopes: readonly string[]) => [...scopes, scope];
  token
    .command("create")
    .description("print a new token, once")
    .option(...data)
    .requiredOption("--name <name>", "what it is for, as lists and audit lines show it")
    .requiredOption("--scope <scope>", "ingest, read or admin; may be repeated", collect, [])
    .option("--project <project>", "whose spans it sends and reads", "default")
    .option("--expires <life>", "such as 12h or 90d; without it the token does not expire")
    .action(async (flags) => finish((await import("./token.ts")).createToken(flags)));
  token
    .command("list")
    .description("list the tokens, without what they are")
    .option(...data)
    .action(async (flags: { data: string }) => finish((await import("./token.ts")).listTokens(flags.data)));
  token
    .command("revoke <id>")
    .description("end a token; a running collector knows it immediately")
    .option(...data)
    .action(async (id: string, flags: { data: string }) => {
      finish((await import("./token.ts")).revokeToken(flags.data, id));
    });
}

function addOperations(program: Command, finish: (code: number) => void): void {
  const data = ["--data <directory>", "the collector's directory", defaultDataDirectory()] as const;
  program
    .command("doctor")
    .description("say in sentences what is wrong: versions, directory, disk, store, collector, producers that lose")
    .option(...data)
    .option("--url <url>", "where the collector is", "http://127.0.0.1:4318")
    .action(async (flags: { data: string; url: string }) => {
      const token = process.env.EVERSPAN_TOKEN || undefined;
      finish(await (await import("./doctor.ts")).doctor({ ...flags, token }));
    });
  program
    .command("backup <file>")
    .description("copy the whole store into a new file, while its collector runs or not")
    .option(...data)
    .action(async (file: string, flags: { data: string }) => {
      finish((await import("./backup.ts")).backup(file, flags.data));
    });
  program
    .command("reindex")
    .description("read every span anew: models, tokens, previews, and costs by the prices of now; no collector may run")
    .option(...data)
    .option("--prices <file>", "your own prices, as for serve")
    .action(async (flags: ReindexFlags) => {
      finish(await (await import("./reindex.ts")).reindex(flags));
    });
  program
    .command("restore <file>")
    .description("put a backup where the store is; no collector may run on the directory")
    .option(...data)
    .option("--replace", "put it in the place of a store that is there")
    .action(async (file: string, flags: { data: string; replace?: boolean }) => {
      finish((await import("./backup.ts")).restore(file, flags.data, flags.replace ?? false));
    });
}

function addTransfer(program: Command, finish: (code: number) => void): void {
  program
    .command("import <files...>")
    .description(
      "take spans out of files: OTLP, SGP, Everspan's own, Langfuse, Phoenix, AI SDK DevTools, Claude Code, mini-swe-agent",
    )
    .option("--url <url>", "send them to this collector (EVERSPAN_TOKEN is its token)")
    .option("--data <directory>", "or put them into the store here, while no collector runs on it")
    .option("--project <project>", "with --data: whose they are", "default")
    .action(async (files: string[], flags: ImportFlags) => {
      finish(await (await import("./import.ts")).importFiles(files, flags));
    });
  program
    .command("copy")
    .description("copy the traces of the store here into ClickHouse; goes on where it was broken off, and counts")
    .option("--data <directory>", "the collector's directory; no collector may run on it", defaultDataDirectory())
    .option("--to <address>", "clickhouse://user:password@host:port/database (or set EVERSPAN_STORE)")
    .option("--project <project>", "whose they are", "default")
    .action(async (flags: CopyFlags) => finish(await (await import("./copy.ts")).copy(flags, process.env)));
  program
    .command("export [traces...]")
    .description("write traces: as they are, for another back end, to be read, or for training and evaluation")
    .option("--query <query>", "also the traces that the list's query finds, e.g. 'status=ERROR&service=shop'")
    .option("--all", "also every trace")
    .option("--format <format>", "native, otlp, sgp, markdown, chat or evaluation", "native")
    .option("--out <file>", "into this file instead of the terminal")
    .option("--url <url>", "from this collector (EVERSPAN_TOKEN is its token)")
    .option("--data <directory>", "or from the store here, while no collector runs on it")
    .option("--project <project>", "with --data: whose they are", "default")
    .action(async (traces: string[], flags: ExportFlags) => {
      finish(await (await import("./export.ts")).exportTraces(traces, flags));
    });
}
