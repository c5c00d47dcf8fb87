import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CollectorProcess, ROOT, temporaryFolder } from "./collector-process.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder.remove());

test("the start command prints one line, shows the sample agent's run, and ends with 0 on SIGTERM", async () => {
  const script = [join(ROOT, "scripts/start.mjs")];
  const collector = await CollectorProcess.start({ dataDirectory: folder.path, script, arguments: [] });
  const [trace] = await vi.waitUntil(
    async () => {
      const { traces } = await collector.listTraces();
      return traces.some((each) => !each.running && each.spanCount > 5) && traces;
    },
    { timeout: 60_000, interval: 50 },
  );
  expect(trace).toMatchObject({ name: "explore-folder", service: "sample-agent", status: "OK", errorCount: 1 });
  expect(trace?.models).toEqual(["scripted-1"]);
  expect(trace?.inputTokens).toBeGreaterThan(0);

  const { spans } = await collector.readTrace(trace?.traceId ?? "");
  expect(spans.filter((span) => span.error !== undefined).map((span) => span.name)).toEqual(["read_file"]);
  expect(await collector.stop()).toBe(0);
  expect(collector.lines).toEqual([`listening on ${collector.url}`]);
});

test("the sample run is recorded once: a store that has something in it is left as it is", async () => {
  const first = await CollectorProcess.start({ dataDirectory: folder.path, arguments: [] });
  await vi.waitUntil(async () => (await first.listTraces()).traces.some((trace) => !trace.running), {
    timeout: 60_000,
  });
  expect(await first.stop("SIGINT")).toBe(0);

  const second = await CollectorProcess.start({ dataDirectory: folder.path, arguments: [] });
  expect((await second.listTraces()).traces).toHaveLength(1);
  expect(await second.stop()).toBe(0);
});
