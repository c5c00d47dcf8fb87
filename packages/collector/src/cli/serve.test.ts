import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sgpItem } from "../testing/collector-fixture.ts";
import { CliProcess } from "../testing/serve-process.ts";
import { VERSION } from "../version.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-serve-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const serve = (...args: string[]) =>
  new CliProcess(["serve", "--port", "0", "--data", directory, "--no-sample", ...args]);

async function putBatch(url: string, ids: readonly string[]): Promise<boolean> {
  const items = ids.map((id) => sgpItem({ id, trace_id: "kill", input: { text: `${id} `.repeat(200) } }));
  const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ items }) };
  const answer = await fetch(`${url}/v5/spans/batch`, init).catch(() => undefined);
  return answer?.status === 200;
}

async function storedIds(url: string): Promise<Set<string>> {
  const answer = await fetch(`${url}/api/traces/kill?payloads=full`);
  const { spans } = (await answer.json()) as { spans: { id: string; input: { text: string } }[] };
  for (const span of spans) expect(span.input.text).toBe(`${span.id} `.repeat(200));
  return new Set(spans.map((span) => span.id));
}

/** Processes that are started one after the other, each by what the one before has said: slow where the machine is. */
const PATIENCE = { timeout: 300_000 };

test("S1 SIGKILL at any moment of writing loses no span that was answered with 2xx", PATIENCE, async () => {
  const answered = new Set<string>();
  for (let cycle = 0; cycle < 4; cycle++) {
    const process = serve();
    const url = await process.listening();
    let batch = 0;
    const write = async (writer: number) => {
      for (;;) {
        const ids = Array.from({ length: 20 }, (_, i) => `${cycle}-${writer}-${batch}-${i}`);
        batch += 1;
        if (!(await putBatch(url, ids))) return;
        for (const id of ids) answered.add(id);
        // The kill comes in the midst of the other writers' requests, at another point in each cycle.
        if (batch >= 12 + 7 * cycle) void process.kill("SIGKILL");
      }
    };
    await Promise.all([write(0), write(1), write(2)]);
    await process.finished;
  }
  const last = serve();
  const stored = await storedIds(await last.listening());
  expect(answered.size).toBeGreaterThan(500);
  expect([...answered].filter((id) => !stored.has(id))).toEqual([]);
  expect((await last.kill("SIGTERM")).code).toBe(0);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "S2 %s under load answers nothing with 2xx that is not stored, and exits 0",
  async (signal) => {
    const process = serve();
    const url = await process.listening();
    const answered = new Set<string>();
    const write = async (writer: number) => {
      for (let batch = 0; ; batch++) {
        const ids = [`${writer}-${batch}`];
        if (!(await putBatch(url, ids))) return;
        answered.add(ids[0]!);
        if (answered.size === 60) void process.kill(signal);
      }
    };
    await Promise.all([write(0), write(1), write(2)]);
    const { code, stdout } = await process.finished;
    expect(code).toBe(0);
    expect(stdout).toBe(`listening on ${url}\n`);
    const again = serve();
    const stored = await storedIds(await again.listening());
    expect([...answered].filter((id) => !stored.has(id))).toEqual([]);
    await again.kill("SIGTERM");
  },
);

test("S10 a second collector on the same directory is refused in a sentence, and the first goes on", async () => {
  const first = serve();
  const url = await first.listening();
  const second = await serve().finished;
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toMatch(/^everspan: the data directory .* is in use by another collector \(process \d+\)\n$/);
  expect(await putBatch(url, ["still here"])).toBe(true);
  expect((await first.kill("SIGTERM")).code).toBe(0);
});

test("a directory whose collector was killed is taken over immediately", async () => {
  const first = serve();
  await first.listening();
  await first.kill("SIGKILL");
  const second = serve();
  expect(await second.listening()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  await second.kill("SIGTERM");
});

test("a port that is taken is one clear sentence and exit code 1", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  const { code, stdout, stderr } = await new CliProcess(["serve", "--port", String(port), "--data", directory])
    .finished;
  other.close();
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(`everspan: port ${port} on 127.0.0.1 is taken by another program\n`);
});

test.each([
  [[], "a command is missing"],
  [["fly"], "unknown command 'fly'"],
  [["serve", "--colour", "red"], "colour"],
  [["serve", "--port", "http"], "--port must be a number"],
])("%j is answered with what is wrong, the usage and exit code 2", async (args, what) => {
  const { code, stdout, stderr } = await new CliProcess(args).finished;
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(what);
  expect(stderr).toContain("serve [options]");
  // The same command has those of the SDK.
  expect(stderr).toContain("everspan run -- COMMAND");
});

test("--version and --help answer on standard output and exit 0", async () => {
  expect(await new CliProcess(["--version"]).finished).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
  const help = await new CliProcess(["--help"]).finished;
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("token") });
  const serveHelp = await new CliProcess(["serve", "--help"]).finished;
  expect(serveHelp).toMatchObject({ code: 0, stdout: expect.stringContaining("--allow-host") });
});

test("beyond loopback it does not start without a token", async () => {
  const { code, stderr } = await serve("--host", "0.0.0.0").finished;
  expect(code).toBe(1);
  expect(stderr).toContain("needs a token");
});

test("X25 what a command line holds steers no terminal", async () => {
  const { code, stderr } = await new CliProcess(["\u001b[31mfly\u0007"]).finished;
  expect(code).toBe(2);
  for (const control of ["\u001b", "\u0007"]) expect(stderr).not.toContain(control);
});

test("a token that is made counts in a running collector, and no more once it is revoked", async () => {
  const process = serve();
  const url = await process.listening();
  const run = (...args: string[]) => new CliProcess(["token", ...args, "--data", directory]).finished;
  const made = await run("create", "--name", "ci", "--scope", "read");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^everspan_[\w-]{43}\n$/) });
  const ask = async () =>
    (await fetch(`${url}/api/traces`, { headers: { authorization: `Bearer ${made.stdout.trim()}` } })).status;
  expect((await fetch(`${url}/api/traces`)).status).toBe(401);
  expect(await ask()).toBe(200);
  const { stdout } = await run("list");
  expect(stdout).toContain("ci");
  expect(stdout).not.toContain(made.stdout.trim());
  // Another keeps the collector closed once the first is gone.
  await run("create", "--name", "other", "--scope", "read");
  expect(await run("revoke", stdout.slice(0, 12))).toMatchObject({ code: 0 });
  expect(await ask()).toBe(401);
  expect(await run("revoke", "0".repeat(12))).toMatchObject({ code: 1 });
  expect(await run("create", "--name", "x", "--scope", "root")).toMatchObject({ code: 2 });
  expect((await process.kill("SIGTERM")).code).toBe(0);
});
