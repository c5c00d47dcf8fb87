/** A collector of its own for one test file, as the built command line runs it, and programs with only their environment set. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../packages/collector/dist/cli.js", import.meta.url));

export async function startCollector(port = 0) {
  const data = mkdtempSync(join(tmpdir(), "everspan-clients-"));
  const child = spawn(process.execPath, [CLI, "serve", "--port", String(port), "--data", data, "--no-sample"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const line = /listening on (\S+)/.exec(text);
      if (line) resolve(line[1]);
    });
    child.on("exit", (code) => reject(new Error(`the collector ended with ${code}`)));
  });
  const traces = async () => (await (await fetch(`${url}/api/traces?limit=100`)).json()).traces;
  const spansOf = async ({ traceId }) =>
    (await (await fetch(`${url}/api/traces/${encodeURIComponent(traceId)}?payloads=full`)).json()).spans;
  return {
    url,
    /** Every trace that is stored, with its spans, whole. */
    async runs() {
      return Promise.all((await traces()).map(async (trace) => ({ trace, spans: await spansOf(trace) })));
    },
    /** Every span that is stored, whole. */
    async spans() {
      return (await Promise.all((await traces()).map(spansOf))).flat();
    },
    async stop() {
      child.kill();
      await new Promise((resolve) => child.on("exit", resolve));
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/**
 * Runs a program to its end, with nothing but this environment. Rejects with what it wrote when it fails.
 * `node` is the binary to run it with; default the one that runs this.
 */
export function run(program, environment, node = process.execPath, cwd = process.cwd()) {
  return ended(
    spawn(node, [fileURLToPath(program)], { cwd, env: { PATH: process.env.PATH, ...environment } }),
    program,
  );
}

/** Brings a file to a running collector, as a user does. */
export function importFile(file, url) {
  return ended(spawn(process.execPath, [CLI, "import", file, "--url", url]), `import of ${file}`);
}

function ended(child, what) {
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.on("exit", (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${what} ended with ${code}:\n${text}`)),
    );
  });
}

export function named(spans, name) {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`${found.length} spans are named ${name}: ${spans.map((span) => span.name)}`);
  return found[0];
}
