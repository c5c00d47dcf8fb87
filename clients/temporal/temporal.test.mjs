/**
 * Workflows in Temporal's own sandbox and activities in its own environment, bare and observed: what a workflow wants of its
 * server is the same but for a header, and what the spans say.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CompleteAsyncError, Context } from "@temporalio/activity";
import { WorkflowClient } from "@temporalio/client";
import { MockActivityEnvironment } from "@temporalio/testing";
import { Worker } from "@temporalio/worker";
import { MemoryExporter, Tracer } from "everspan";
import { everspanActivities, everspanClient, everspanSinks } from "everspan/temporal";
import { brokenTracer } from "../harness/compared.mjs";
import { historyOf } from "./history.mjs";
import { bundle, fired, openSandbox, resolved, silent } from "./sandbox.mjs";

const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });
const codes = { bare: await bundle(false), observed: await bundle(true) };
const bare = await openSandbox(codes.bare);
const observed = await openSandbox(codes.observed, everspanSinks({ tracer }));
after(() => Promise.all([bare.close(), observed.close()]));

async function recorded() {
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0);
  const spans = memory.spans();
  memory.reset();
  assert.ok(spans.every(({ phase }) => phase === "ended"));
  return spans;
}

/** What a workflow wants, without the header and what a bundle's places are. */
const wants = (commands) =>
  JSON.parse(JSON.stringify(commands, (key, value) => (key === "headers" || key === "stackTrace" ? undefined : value)));

/** The same story told to a bare run and to an observed one. */
async function play(workflowType, options, ...told) {
  const wanted = [];
  for (const sandbox of [bare, observed]) {
    const run = await sandbox.start(workflowType, options);
    const commands = [];
    for (const [index, jobs] of [[], ...told].entries())
      commands.push(await run.tell(index === 0 ? [run.first, ...jobs] : jobs));
    await run.dispose();
    wanted.push(commands);
  }
  assert.deepEqual(wants(wanted[1]), wants(wanted[0]), "a workflow does what it does without");
  return wanted[1];
}

const activityOf = (activityType, workflowType, { attempt = 1, activityId = "1" } = {}) => ({
  activityType,
  activityId,
  attempt,
  workflowType,
  workflowExecution: { workflowId: `id-${workflowType}`, runId: `run-${workflowType}` },
});

test("a run with an activity and a timer: recorded once, at its end", async () => {
  const [first] = await play("whole", { args: ["Bern"] }, [resolved(1, "12 degrees")], [fired(1)]);
  const headers = first[0].scheduleActivity.headers;
  const context = { info: activityOf("look", "whole") };
  const { execute } = everspanActivities({ tracer })(context).inbound;
  const next = async ({ args: [city] }) => tracer.span("own work", () => `${city}: 12 degrees`);
  assert.equal(await execute({ args: ["Bern"], headers }, next), "Bern: 12 degrees");
  const spans = await recorded();
  const [run, activity, own] = ["whole", "look", "own work"].map((name) => spans.find((span) => span.name === name));
  assert.equal(spans.length, 3);
  assert.deepEqual([run.traceId, run.id, run.parentId], ["run-whole", "temporal-run-run-whole", undefined]);
  assert.deepEqual([activity.traceId, activity.parentId, own.parentId], ["run-whole", run.id, activity.id]);
  assert.deepEqual([run.type, run.status, run.input, run.output.found], ["AGENT_WORKFLOW", "OK", "Bern", "12 degrees"]);
  assert.equal(Date.parse(run.startTime), Date.UTC(2026, 0, 1));
  assert.deepEqual([activity.input, activity.output, activity.data.attempt], ["Bern", "Bern: 12 degrees", 1]);
});

test("parallel branches, a child and a run that continues belong to the run that they are of", async () => {
  const [wanted] = await play("branches", {}, [resolved(1, "a"), resolved(2, "b")]);
  const [child] = (await play("parent", {}))[0];
  await play("again", { args: [1] });
  await play("again", { args: [0], runId: "run-2", firstRunId: "run-again" });
  const run = await observed.start("whole", { runId: "child-run", headers: child.startChildWorkflowExecution.headers });
  await run.tell([run.first]);
  await run.tell([resolved(1, "x")]);
  await run.tell([fired(1)]);
  const spans = await recorded();
  assert.equal(wanted.length, 2);
  const of = (id) => spans.find((span) => span.id === `temporal-run-${id}`);
  assert.deepEqual(of("run-branches").output, ["a", "b"]);
  assert.deepEqual([of("child-run").traceId, of("child-run").parentId], ["run-parent", "temporal-run-run-parent"]);
  assert.deepEqual([of("run-again").status, of("run-again").data.state], ["OK", "continued as new"]);
  assert.deepEqual([of("run-2").traceId, of("run-2").output], ["run-again", "done"]);
});

test("a run that fails, one that is cancelled, a task that fails and is tried again", async () => {
  await play("failing", {});
  await play("waiting", {}, [{ cancelWorkflow: {} }]);
  await play("broken", {});
  const spans = await recorded();
  const named = (name) => spans.find((span) => span.name === name);
  assert.deepEqual([named("failing").status, named("failing").error.message], ["ERROR", "no workflow today"]);
  assert.equal(named("waiting").status, "CANCELED");
  assert.equal(named("broken"), undefined, "the run has not ended");
  assert.deepEqual(
    [named("workflow task").status, named("workflow task").parentId, named("workflow task").error.message],
    ["ERROR", "temporal-run-run-broken", "a fault of the code"],
  );
});

test("played back, nothing is recorded, and the ids are the same", async () => {
  const run = await observed.start("whole", { args: ["Bern"], runId: "replayed" });
  await run.tell([run.first], true);
  await run.tell([resolved(1, "12 degrees")], true);
  const other = await observed.start("failing");
  await other.tell([other.first], true);
  assert.deepEqual(await recorded(), []);
  await run.tell([fired(1)]);
  assert.deepEqual(
    (await recorded()).map(({ id }) => id),
    ["temporal-run-replayed"],
  );
});

test("a real worker plays histories back that were made without it, and records nothing", async () => {
  for (const code of Object.values(codes)) {
    const sinks = everspanSinks({ tracer });
    await Worker.runReplayHistory({ workflowBundle: { code }, sinks }, historyOf("branches"), "id-branches");
  }
  assert.deepEqual(await recorded(), []);
});

test("activities in Temporal's environment: results, failures, cancellation, attempts", async () => {
  const ways = {
    works: async (city) => `${city}, attempt ${Context.current().info.attempt}`,
    fails: async () => {
      throw new TypeError("no activity today");
    },
    "is cancelled": () => Context.current().cancelled,
    "goes on elsewhere": async () => {
      throw new CompleteAsyncError();
    },
  };
  const seen = {};
  for (const mode of ["bare", "observed"]) {
    seen[mode] = [];
    for (const [name, way] of Object.entries(ways)) {
      const interceptors = mode === "observed" ? [everspanActivities({ tracer })] : [];
      const info = activityOf(name, "whole", { attempt: 2, activityId: name });
      const environment = new MockActivityEnvironment(info, { interceptors, logger: silent });
      const running = environment.run(way, "Bern");
      if (name === "is cancelled") environment.cancel("CANCELLED");
      seen[mode].push(await running.catch((error) => [error.constructor.name, error.message]));
    }
  }
  assert.deepEqual(seen.observed, seen.bare);
  const spans = await recorded();
  assert.deepEqual(
    spans.map(({ name, status, parentId, data }) => [name, status, parentId, data.attempt, data.state]),
    [
      ["works", "OK", "temporal-run-run-whole", 2, undefined],
      ["fails", "ERROR", "temporal-run-run-whole", 2, undefined],
      ["is cancelled", "CANCELED", "temporal-run-run-whole", 2, undefined],
      ["goes on elsewhere", "OK", "temporal-run-run-whole", 2, "completed elsewhere"],
    ],
  );
  assert.equal(spans[0].output, "Bern, attempt 2");
});

test("a tracer whose parts all fail changes nothing", async () => {
  const broken = brokenTracer();
  const sandbox = await openSandbox(codes.observed, everspanSinks({ tracer: broken }));
  const wanted = [];
  for (const one of [bare, sandbox]) {
    const run = await one.start("whole", { args: ["Bern"], runId: "broken-run" });
    const commands = [];
    for (const jobs of [[run.first], [resolved(1, "12 degrees")], [fired(1)]]) commands.push(await run.tell(jobs));
    await run.dispose();
    wanted.push(wants(commands));
  }
  await sandbox.close();
  assert.deepEqual(wanted[1], wanted[0]);
  const interceptors = [everspanActivities({ tracer: broken })];
  const environment = new MockActivityEnvironment(activityOf("works", "whole"), { interceptors, logger: silent });
  assert.equal(await environment.run(async (city) => city, "Bern"), "Bern");
});

test("a workflow belongs to the span in which a real client starts it", async () => {
  const asked = [];
  const workflowService = {
    startWorkflowExecution: async (request) => {
      asked.push(request);
      return { runId: "run-started", started: true };
    },
  };
  const connection = { workflowService, plugins: [], withDeadline: (_, fn) => fn(), withMetadata: (_, fn) => fn() };
  const start = (interceptors) =>
    new WorkflowClient({ connection, interceptors }).start("failing", {
      taskQueue: "queue",
      workflowId: "w",
      args: [],
    });
  await tracer.span("request", async () => {
    await start([]);
    await start([everspanClient({ tracer })]);
  });
  await start([everspanClient({ tracer })]);
  assert.deepEqual(
    asked.map(({ header }) => Object.keys(header?.fields ?? {})),
    [[], ["everspan-parent"], []],
  );
  const run = await observed.start("failing", { runId: "run-started", headers: asked[1].header.fields });
  await run.tell([run.first]);
  const spans = await recorded();
  const [request, workflow] = ["request", "failing"].map((name) => spans.find((span) => span.name === name));
  assert.deepEqual([workflow.traceId, workflow.parentId], [request.traceId, request.id]);
});
