/** `examples/aws-lambda` behind Lambda's runtime interface, frozen between invocations: what arrived, when, and the account. */
import type { SpanSnapshot } from "@everspan/protocol";
import type { TracerStats } from "everspan";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LambdaService } from "./lambda-service.ts";
import { type SpanBackEnd, startSpanBackEnd } from "./span-back-end.ts";

const FUNCTION = new URL("../examples/aws-lambda/handler.ts", import.meta.url).href;

let backEnd: SpanBackEnd;
let lambda: LambdaService;

beforeEach(async () => {
  backEnd = await startSpanBackEnd();
  lambda = await LambdaService.start(FUNCTION, {
    SGP_API_KEY: "test-key",
    SGP_ACCOUNT_ID: "account",
    SGP_BASE_URL: backEnd.url,
  });
});
afterEach(async () => {
  await lambda[Symbol.asyncDispose]();
  await backEnd[Symbol.asyncDispose]();
});

const ended = (name: string): SpanSnapshot[] =>
  [...backEnd.spans.values()].filter((span) => span.name === name && span.phase === "ended");

async function account() {
  const { body } = await lambda.call({ account: true });
  const { lanes, queue } = JSON.parse(body) as TracerStats;
  const [lane] = Object.values(lanes);
  if (lane === undefined) throw new Error("expected a lane");
  const sum = (counts: object) => Object.values(counts).reduce((total: number, count) => total + count, 0);
  const { created, delivered, coalesced, dropped, pending } = lane;
  expect(created).toBe(delivered + coalesced + sum(dropped) + sum(pending));
  return { created, dropped: sum(dropped), pending: sum(pending), openSpans: queue.openSpans };
}

test("each invocation's spans have arrived when its process is frozen, and its answer is the handler's", async () => {
  for (const [at, city] of ["Utrecht", "Bern", "Bonn"].entries()) {
    const answer = await lambda.call({ handler: "handler", city });
    expect(answer).toEqual({ kind: "response", body: '"It is 21 degrees."', isStreamed: false });
    expect(ended("answer").map(({ input }) => (input as { city: string }).city)).toContain(city);
    expect(ended("look_up_weather")).toHaveLength(at + 1);
  }
  expect(await account()).toEqual({ created: 12, dropped: 0, pending: 0, openSpans: 0 });
});

test("an invocation that fails is an error for its caller, and its spans have arrived", async () => {
  const { kind, body } = await lambda.call({ handler: "handler", city: "" });
  expect([kind, JSON.parse(body)]).toEqual(["error", { errorType: "RangeError", errorMessage: "expected a city" }]);
  expect(ended("answer")).toMatchObject([{ status: "ERROR" }]);
});

test("a streamed answer is whole for its reader while the spans are still on their way", async () => {
  backEnd.hold();
  const invocation = lambda.invoke({ handler: "streamed", city: "Utrecht" });
  expect(await invocation.answered).toEqual({ kind: "response", body: "It is 21 degrees.", isStreamed: true });
  expect(ended("answer")).toEqual([]);
  backEnd.release();
  await invocation.ended;
  expect(ended("answer")).toHaveLength(1);
  expect(await account()).toMatchObject({ created: 4, dropped: 0, pending: 0 });
});

test("what has no time to be delivered stays through the freeze, and is delivered once by a later invocation", async () => {
  backEnd.hold();
  const answer = await lambda.call({ handler: "handler", city: "Utrecht" }, 600);
  expect(answer.body).toBe('"It is 21 degrees."');
  expect(ended("answer")).toEqual([]);
  // The back end answers a process that stands still.
  backEnd.release();
  await lambda.call({ handler: "handler", city: "Bern" });
  expect(
    ended("answer")
      .map(({ input }) => (input as { city: string }).city)
      .toSorted(),
  ).toEqual(["Bern", "Utrecht"]);
  expect(await account()).toMatchObject({ created: 8, dropped: 0, pending: 0 });
});
