import { CrashChild } from "@everspan/testkit";
import { expect, test } from "vitest";

test.each(["SIGTERM", "SIGINT"] as const)("a dead back end does not hold the exit that %s asks for", async (signal) => {
  const child = new CrashChild(new URL("dead-back-end.fixture.ts", import.meta.url));
  await child.line((line) => line === "waiting");
  // The request has hours; the signal has its own time.
  expect(await child.kill(signal), child.errorText).toEqual({ code: null, signal });
});
