import { ManualClock, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { expect, test, vi } from "vitest";
import { Tracer } from "../recording/tracer.ts";

const missing = vi.hoisted(() => ({ isMissing: true }));
vi.mock("./attempts.ts", async (original) => {
  const { Attempts, ...others } = await original<typeof import("./attempts.ts")>();
  return {
    ...others,
    get Attempts() {
      if (missing.isMissing) throw new Error("no such file");
      return Attempts;
    },
  };
});

test("while the code that sends can't be loaded a back end counts as busy, a shutdown ends, and later all arrives", async () => {
  const clock = new ManualClock();
  const exporter = new RecordingExporter("back end");
  const tracer = new Tracer({ exporters: [exporter], clock, logger: new RecordingLogger() });
  tracer.startTrace().startSpan("s").end();
  await clock.advance(250);
  expect(tracer.stats().lanes["back end"]).toMatchObject({ state: "backing-off", lastError: "no such file" });
  missing.isMissing = false;
  await clock.advance(2_000);
  expect(tracer.stats().lanes["back end"]).toMatchObject({ state: "running", delivered: 1, dropped: { rejected: 0 } });

  missing.isMissing = true;
  const other = new Tracer({ exporters: [exporter], clock, logger: new RecordingLogger() });
  expect((await other.shutdown()).ok).toBe(true);
});
