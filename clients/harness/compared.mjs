/** A scene bare and observed: what the application and the provider see is the same, and what the spans say. */
import assert from "node:assert/strict";
import { MemoryExporter, Tracer } from "everspan";

/** Of the event loop, until a span that is open counts as left open. */
const MOST_TURNS = 10_000;

/** The spans as a tree, indented: type, name, what became of it where that is not `OK`. */
export function treeOf(spans, parentId, indent = "") {
  const beneath = spans.filter((span) => span.parentId === parentId);
  return beneath.flatMap(({ id, type, name, status }) => [
    `${indent}${type} ${name}${status === "OK" ? "" : ` ${status}`}`,
    ...treeOf(spans, id, `${indent}  `),
  ]);
}

/** Each of so many model calls has what the scripted provider says of every one; nothing else has counts. */
export function assertUsage(spans, calls) {
  const used = spans.filter(({ data }) => data?.usage !== undefined);
  assert.deepEqual(
    used.map(({ type, data: { usage } }) => [type, usage.input_tokens, usage.output_tokens]),
    Array(calls).fill(["COMPLETION", 20, 7]),
  );
}

/**
 * @param play the scene, given the tracer: without `observe` first, then with it
 * @param observe makes what is played next observed by the tracer; answers what takes that back
 * @returns what the scene came to, and every span, once all have ended
 */
export async function compared(provider, play, observe) {
  const bare = await played(provider, play, new Tracer());
  const memory = new MemoryExporter();
  const tracer = new Tracer({ exporters: [memory] });
  const end = observe(tracer);
  let observed;
  try {
    observed = await played(provider, play, tracer);
    // Of some ends we are told in a later turn.
    for (let turn = 0; turn < MOST_TURNS && tracer.stats().queue.openSpans > 0; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
  } finally {
    end?.();
  }
  assert.deepEqual(observed, bare);
  // A tracer of whose parts none does its duty.
  const endBroken = observe(brokenTracer());
  try {
    assert.deepEqual(await played(provider, play, new Tracer()), bare);
  } finally {
    endBroken?.();
  }
  await tracer.flush();
  const spans = memory.spans();
  assert.equal(tracer.stats().queue.openSpans, 0, `no span is left open:\n${treeOf(spans).join("\n")}`);
  return { result: bare.result, spans };
}

async function played(provider, play, tracer) {
  provider.requests.length = 0;
  provider.restart();
  let result;
  try {
    result = await play(tracer);
  } catch (error) {
    result = `${error.constructor.name}: ${error.message}`;
  }
  // Those that are made at the same time arrive as they do.
  return { result, requests: provider.requests.map(({ url, body }) => JSON.stringify({ url, body })).toSorted() };
}

/** It throws where it may, and where it is waited for it never answers. */
export function brokenTracer() {
  const fails = () => {
    throw new Error("broken");
  };
  const never = new Promise(() => {});
  return new Tracer({
    exporters: [
      { name: "throws", export: fails, shutdown: fails },
      { name: "hangs", export: () => never, shutdown: () => never },
    ],
    processors: [fails],
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
}
