/**
 * The work that every tracer is given. Each workload is a loop over requests of the application; a request is an async
 * function that starts spans, lets the event loop turn once, and ends them.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import {
  conversationSteps,
  distinctPromptPayload,
  modelCalls,
  recordedRuns,
  sharedPromptPayload,
  smallPayload,
} from "./payloads.mjs";

const SPANS_PER_REQUEST = 4;
const BURST = { spans: 10_000, spansPerSecond: 5_000 };
const CONVERSATION_STEPS = 400;
const RECORDED_COPIES = 16;
const RECORDED_AT_A_TIME = 16;
const RECORDED_CALLS_PER_SECOND = 1_000;

/** @typedef {{ spans: number, run(recorder: import("./recorder.mjs").Recorder): Promise<void> }} Workload */

export const WORKLOADS = {
  small: (scale) => {
    const spans = Math.ceil(20_000 * scale);
    return { spans, run: (recorder) => asFastAsPossible(recorder, spans) };
  },
  "small-steady": () => ({ spans: 200_000, run: (recorder) => asFastAsPossible(recorder, 200_000) }),
  burst: () => ({ ...BURST, run: (recorder) => paced(recorder, BURST, sharedPromptPayload) }),
  "burst-distinct": () => ({ ...BURST, run: (recorder) => paced(recorder, BURST, distinctPromptPayload) }),
  recorded: () => recorded(),
  "conversation-same": () => conversation("same"),
  "conversation-rebuilt": () => conversation("rebuilt"),
  "conversation-parsed": () => conversation("parsed"),
  outage: () => {
    const pace = { spans: 2_000, spansPerSecond: 400 };
    return { ...pace, run: (recorder) => paced(recorder, pace, smallPayload) };
  },
  crash: () => {
    const pace = { spans: 1_500, spansPerSecond: 500 };
    return { ...pace, run: (recorder) => paced(recorder, pace, smallPayload) };
  },
};

/**
 * @param scale the part of it that is done; only `small` can be cut down
 * @returns the workload, or undefined when its data is not on this machine
 */
export function workloadNamed(name, scale = 1) {
  return WORKLOADS[name](scale);
}

async function asFastAsPossible(recorder, spans) {
  for (let first = 0; first < spans; first += SPANS_PER_REQUEST) {
    await request(recorder, first, Math.min(SPANS_PER_REQUEST, spans - first), smallPayload);
  }
}

/** A turn with its model and tool calls. The payloads are the application's own: made outside of what is timed. */
async function request(recorder, first, count, payloadOf) {
  const payload = payloadOf(first);
  const turn = recorder.start("turn", payload.input);
  if (recorder.isAwaited) await turn.started;
  await nextTurn();
  for (let number = first + 1; number < first + count; number++) {
    const { input, output } = payloadOf(number);
    const call = recorder.start("call", input, turn);
    if (recorder.isAwaited) await call.started;
    const ended = recorder.end(call, output);
    if (recorder.isAwaited) await ended;
  }
  const ended = recorder.end(turn, payload.output);
  if (recorder.isAwaited) await ended;
}

/** Requests begin when they are due, however the earlier ones fare, as customers do. */
async function paced(recorder, { spans, spansPerSecond }, payloadOf) {
  const everyMs = (SPANS_PER_REQUEST * 1_000) / spansPerSecond;
  const startedMs = performance.now();
  const running = [];
  for (let first = 0; first < spans; first += SPANS_PER_REQUEST) {
    const dueMs = startedMs + (first / SPANS_PER_REQUEST) * everyMs;
    if (performance.now() < dueMs) await sleep(Math.max(1, dueMs - performance.now()));
    recorder.late(performance.now() - dueMs);
    running.push(request(recorder, first, Math.min(SPANS_PER_REQUEST, spans - first), payloadOf));
  }
  await Promise.all(running);
}

/** One agent that sends its whole conversation at each step; how its messages come to be is not in what is timed. */
function conversation(objects) {
  return {
    spans: CONVERSATION_STEPS,
    run: (recorder) => converse(recorder, conversationSteps(CONVERSATION_STEPS, objects)),
  };
}

async function converse(recorder, steps) {
  for (const { input, output } of steps) {
    const call = recorder.start("model call", input, undefined, "conversation");
    await nextTurn();
    recorder.end(call, output);
  }
}

/** Some copies of each recorded run, a few of them at a time; model calls only, with the whole history. */
function recorded() {
  const runs = recordedRuns();
  if (runs === undefined) return undefined;
  const calls = runs.map((messages) => [...modelCalls(messages, 0)].length);
  const spans = RECORDED_COPIES * calls.reduce((sum, count) => sum + count, 0);
  return { spans, run: (recorder) => replay(recorder, runs, calls) };
}

async function replay(recorder, runs, calls) {
  const waiting = agentsOf(runs, calls);
  const pace = { startedMs: performance.now(), calls: 0 };
  const live = Array.from({ length: RECORDED_AT_A_TIME }, () => waiting.next().value);
  while (live.length > 0) {
    const agent = live.shift();
    const { value: call, done } = agent.calls.next();
    const next = done ? waiting.next().value : agent;
    if (next !== undefined) live.push(next);
    if (!done) await modelCall(recorder, agent, call, pace);
  }
}

function* agentsOf(runs, calls) {
  let first = 0;
  for (let copy = 0; copy < RECORDED_COPIES; copy++) {
    for (const [i, messages] of runs.entries()) {
      yield { calls: modelCalls(ownMessages(messages, copy), first), trace: `${copy}-${i}` };
      first += calls[i];
    }
  }
}

async function modelCall(recorder, agent, { input, output }, pace) {
  const dueMs = pace.startedMs + (pace.calls++ * 1_000) / RECORDED_CALLS_PER_SECOND;
  if (performance.now() < dueMs) await sleep(Math.max(1, dueMs - performance.now()));
  recorder.late(performance.now() - dueMs);
  const call = recorder.start("model call", input, undefined, agent.trace);
  await nextTurn();
  recorder.end(call, output);
}

/** Another agent's messages are other strings, even where they say the same. */
function ownMessages(messages, copy) {
  return messages.map(({ role, content }) => ({ role, content: Buffer.from(`${copy} ${content}`).toString() }));
}
