/** What leaves a tracer: to exporters and to the spool. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { RedactionOptions } from "../contract/redaction-options.ts";
import { Tracer } from "../recording/tracer.ts";
import type { TracerOptions } from "../recording/tracer-options.ts";

const KEY = ["sk", "proj", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"].join("-");
const logger = new RecordingLogger();

async function sent(span: object, options: TracerOptions = {}, own?: RedactionOptions) {
  const exporter = Object.assign(new RecordingExporter(), own === undefined ? {} : { redaction: own });
  const tracer = new Tracer({ exporters: [exporter], logger, ...options });
  const { name = "call", error, ...rest } = span as { name?: string; error?: unknown };
  const made = tracer.startTrace().startSpan(name, rest);
  if (error !== undefined) made.recordError(error);
  made.end();
  await tracer.shutdown();
  return exporter.snapshots.find(({ phase }) => phase === "ended")!;
}

describe("by default", () => {
  test("credentials are withheld wherever they are, and what is beside them stays", async () => {
    const snapshot = await sent({
      name: `GET /?api_key=${KEY}`,
      input: { messages: [{ role: "user", content: `my key is ${KEY}` }], password: "hunter2", attempts: 3 },
      output: JSON.stringify({ nested: { token: KEY } }),
      data: { headers: { Authorization: "Bearer abc", accept: "*/*" }, credentials: { user: "me", pass: "x" } },
      error: Object.assign(new Error(`401 for ${KEY}`), { stack: `Error: 401 for ${KEY}\n    at x` }),
    });
    expect(JSON.stringify(snapshot)).not.toContain(KEY);
    expect(snapshot).toMatchObject({
      input: {
        messages: [{ role: "user", content: "my key is [REDACTED:credential]" }],
        password: "[REDACTED:credential]",
        attempts: 3,
      },
      output: '{"nested":{"token":"[REDACTED:credential]"}}',
      data: {
        headers: { Authorization: "[REDACTED:credential]", accept: "*/*" },
        credentials: "[REDACTED:credential]",
      },
      error: { message: "401 for [REDACTED:credential]" },
    });
  });

  test("a tool's schema keeps its parameters, and empty or missing values stay what they are", async () => {
    const input = {
      tools: [{ parameters: { type: "object", properties: { password: { type: "string" }, user: { enum: ["a"] } } } }],
      password: "",
      api_key: null,
      secret: false,
      logprobs: [{ token: " Hello", logprob: -0.1 }],
      usage: { input_tokens: 12, max_tokens: 4096 },
    };
    expect((await sent({ input })).input).toEqual(input);
  });

  test("the application's own objects, processors and later spans see what was there", async () => {
    const seen: unknown[] = [];
    const input = { password: "hunter2" };
    const processor = (snapshot: { input?: unknown }) => {
      seen.push(snapshot.input);
      return snapshot as never;
    };
    await sent({ input }, { processors: [processor] });
    expect(input).toEqual({ password: "hunter2" });
    expect(seen[0]).toEqual({ password: "hunter2" });
  });

  test("what a conversation shares is still shared, clean or not", async () => {
    const exporter = new RecordingExporter();
    const tracer = new Tracer({ exporters: [exporter], logger });
    const trace = tracer.startTrace();
    const messages = [
      { role: "system", content: `${"x".repeat(300)} ${KEY}` },
      { role: "user", content: "y".repeat(300) },
    ];
    for (let step = 0; step < 3; step++) {
      trace.startSpan(`step ${step}`, { input: { messages: [...messages] } }).end();
      messages.push({ role: "user", content: `${step}`.repeat(300) });
    }
    await tracer.shutdown();
    const items = exporter.snapshots.map(({ input }) => (input as { messages: object[] }).messages);
    expect(new Set(items.map(([first]) => first)).size).toBe(1);
    expect(new Set(items.map(([, second]) => second)).size).toBe(1);
    expect(JSON.stringify(items)).not.toContain(KEY);
  });

  test("nothing of it reaches the spool's files", async () => {
    const directory = await mkdtemp(join(tmpdir(), "everspan-redaction-"));
    const exporter = new RecordingExporter();
    exporter.answer = () => ({ kind: "busy", reason: "down" });
    const tracer = new Tracer({ exporters: [exporter], logger, spool: { directory } });
    const input = { messages: [{ content: `${"long ".repeat(200)}${KEY}` }], password: "hunter2-of-the-spool" };
    tracer.startTrace().startSpan("kept", { input }).end();
    expect(await tracer.flush({ until: "spooled", timeoutMs: 10_000 })).toMatchObject({ ok: true });
    const bytes = await bytesUnder(directory);
    expect(bytes).toContain("kept");
    expect(bytes).not.toContain(KEY);
    expect(bytes).not.toContain("hunter2-of-the-spool");
    await tracer.shutdown({ timeoutMs: 0 });
    await rm(directory, { recursive: true, force: true });
  });
});

async function bytesUnder(directory: string): Promise<string> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), "latin1"));
  return (await Promise.all(texts)).join("\n");
}

describe("a policy of one's own", () => {
  test("false withholds nothing", async () => {
    expect((await sent({ input: { password: KEY } }, { redaction: false })).input).toEqual({ password: KEY });
  });

  test("names, patterns and whole parts", async () => {
    const redaction = { keys: ["customer-id"], patterns: [/\b\d{4}-\d{4}\b/], withhold: ["output", "error"] } as const;
    const snapshot = await sent(
      {
        input: { customerId: { a: 1 }, text: "card 1234-5678, 1234-5678" },
        output: "x",
        error: new Error("secret text"),
      },
      { redaction },
    );
    expect(snapshot.input).toEqual({ customerId: "[REDACTED]", text: "card [REDACTED], [REDACTED]" });
    expect(snapshot.output).toBe("[REDACTED]");
    expect(snapshot.error).toEqual({ type: "Error", message: "[REDACTED]" });
  });

  test("one that throws, or gives no string, withholds the string and not the span", async () => {
    for (const replace of [
      (text: string) => {
        if (text === "boom") throw new Error("mine");
        return text;
      },
      (text: string) => (text === "boom" ? (undefined as never) : text),
    ]) {
      const snapshot = await sent({ input: { a: "boom", b: "fine" } }, { redaction: { replace } });
      expect(snapshot.input).toEqual({ a: "[REDACTED:policy failed]", b: "fine" });
    }
  });

  test("of one exporter withholds more there, and never less", async () => {
    const open = new RecordingExporter("open");
    const closed = Object.assign(new RecordingExporter("closed"), { redaction: { withhold: ["input"] as const } });
    const lax = Object.assign(new RecordingExporter("lax"), { redaction: { credentials: false } });
    const tracer = new Tracer({ exporters: [open, closed, lax], logger });
    tracer
      .startTrace()
      .startSpan("call", { input: { q: 1, password: "p" } })
      .end();
    await tracer.shutdown();
    const inputOf = (exporter: RecordingExporter) => exporter.named("call")?.input;
    expect(inputOf(open)).toEqual({ q: 1, password: "[REDACTED:credential]" });
    expect(inputOf(closed)).toBe("[REDACTED]");
    expect(inputOf(lax)).toEqual({ q: 1, password: "[REDACTED:credential]" });
  });

  test.each([
    [{ redaction: true }, /redaction: expected an object, got true/],
    [{ redaction: { credentials: "yes" } }, /redaction\.credentials: expected a boolean/],
    [{ redaction: { keys: "password" } }, /redaction\.keys: expected an array of strings/],
    [{ redaction: { patterns: ["x"] } }, /redaction\.patterns: expected an array of regular expressions/],
    [{ redaction: { withhold: ["name"] } }, /redaction\.withhold: expected an array of input, output, data, error/],
    [{ redaction: { replace: 1 } }, /redaction\.replace: expected a function/],
    [{ redaction: { key: [] } }, /redaction: unknown option "key"/],
  ])("%j is refused", (options, message) => {
    expect(() => new Tracer(options as never)).toThrow(message);
  });
});
