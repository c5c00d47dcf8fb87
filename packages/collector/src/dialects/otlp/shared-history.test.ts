/**
 * A history that each call of an agent sends again is stored once, whichever convention brings it: as JSON text in an
 * attribute, as values, spread over numbered attributes, or as events. At most 1.2 times what the native wire costs.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { encodeNativeBatch, hash128, type SpanSnapshot } from "@everspan/protocol";
import { beforeAll, expect, test } from "vitest";
import { openReadOnly } from "../../store/sqlite/schema/open-database.ts";
import { CollectorFixture } from "../../testing/collector-fixture.ts";

const STEPS = 24;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

interface Message {
  readonly role: string;
  readonly content: string;
}

/** Words that no compression makes small: about 3 KB a message. */
const wordsOf = (step: number) => Array.from({ length: 96 }, (_, word) => hash128(`${step} ${word}`)).join(" ");

const HISTORY = Array.from(
  { length: STEPS },
  (_, step): Message => ({ role: step % 2 === 0 ? "user" : "assistant", content: wordsOf(step) }),
);

const text = JSON.stringify;
const semantic = ({ role, content }: Message) => ({ role, parts: [{ type: "text", content }] });
const spread = (prefix: string, infix: string, messages: readonly Message[]) =>
  Object.fromEntries(
    messages.flatMap(({ role, content }, at) => [
      [`${prefix}.${at}${infix}.role`, role],
      [`${prefix}.${at}${infix}.content`, content],
    ]),
  );

type Attributes = Readonly<Record<string, unknown>>;
type Tell = (sent: readonly Message[], reply: Message) => Attributes | { readonly events: readonly object[] };

const FORMS: Readonly<Record<string, Tell>> = {
  "GenAI, as JSON text": (sent, reply) => ({
    "gen_ai.operation.name": "chat",
    "gen_ai.input.messages": text(sent.map(semantic)),
    "gen_ai.output.messages": text([semantic(reply)]),
  }),
  "OpenInference, as JSON text": (sent, reply) => ({
    "openinference.span.kind": "LLM",
    "input.value": text({ messages: sent }),
    "input.mime_type": "application/json",
    "output.value": text(reply),
    "output.mime_type": "application/json",
  }),
  "OpenInference, spread, and again as JSON text": (sent, reply) => ({
    "openinference.span.kind": "LLM",
    "input.value": text({ messages: sent }),
    ...spread("llm.input_messages", ".message", sent),
    ...spread("llm.output_messages", ".message", [reply]),
  }),
  "Traceloop, spread": (sent, reply) => ({
    "llm.request.type": "chat",
    ...spread("gen_ai.prompt", "", sent),
    ...spread("gen_ai.completion", "", [reply]),
  }),
  Langfuse: (sent, reply) => ({
    "langfuse.observation.type": "generation",
    "langfuse.observation.input": text(sent),
    "langfuse.observation.output": text(reply),
  }),
  "AI SDK": (sent, reply) => ({
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.prompt.messages": text(sent),
    "ai.response.text": reply.content,
  }),
  Logfire: (sent, reply) => ({ request_data: text({ messages: sent }), response_data: text({ message: reply }) }),
  Mastra: (sent, reply) => ({
    "mastra.span.type": "model_generation",
    "mastra.model_generation.input": text({ messages: sent }),
    "mastra.model_generation.output": text({ text: reply.content }),
  }),
  LangSmith: (sent, reply) => ({
    "langsmith.span.kind": "llm",
    "gen_ai.prompt": text({ messages: sent }),
    "gen_ai.completion": text({ messages: [reply] }),
  }),
  "GenAI events": (sent, reply) => ({
    events: [
      ...sent.map(({ role, content }) => ({ name: `gen_ai.${role}.message`, attributes: { content } })),
      { name: "gen_ai.choice", attributes: { message: text(reply), finish_reason: "stop" } },
    ],
  }),
};

const keyValues = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: String(value) } }));

/** The calls of the run, each with all messages before its reply, and what the store then keeps of them. */
async function storedBytes(send: (fixture: CollectorFixture, step: number) => Promise<Response>): Promise<number> {
  const fixture = await CollectorFixture.start();
  try {
    for (let step = 1; step < STEPS; step += 2) expect((await send(fixture, step)).status).toBe(200);
    await fixture.collector.close();
    const database = openReadOnly(join(fixture.directory, "everspan.db"));
    // What is kept of messages and spans, before compression and without the text index, which come when there is time.
    const { bytes } = database.prepare("SELECT sum(bytes) AS bytes FROM frames").get() as { bytes: number };
    const { spans } = database.prepare("SELECT count(*) AS spans FROM spans").get() as { spans: number };
    database.close();
    expect(spans).toBe(STEPS / 2);
    return bytes;
  } finally {
    await fixture.stop();
  }
}

const nameBlob = (encoded: string) => createHash("sha256").update(encoded).digest("hex").slice(0, 32);
const idOf = (step: number) => step.toString(16).padStart(16, "0");

let native: number;
beforeAll(async () => {
  native = await storedBytes((fixture, step) => {
    const snapshot: SpanSnapshot = {
      phase: "ended",
      revision: 2,
      traceId: TRACE,
      id: idOf(step),
      name: "chat",
      type: "COMPLETION",
      startTime: "2026-01-31T12:00:00.000000Z",
      endTime: "2026-01-31T12:00:01.000000Z",
      status: "OK",
      input: { messages: HISTORY.slice(0, step) },
      output: HISTORY[step]!,
    };
    return fixture.send("POST", "/v1/everspan/batch", encodeNativeBatch([snapshot], { nameBlob }));
  });
});

test.each(Object.entries(FORMS))("%s", async (_form, tell) => {
  const bytes = await storedBytes((fixture, step) => {
    const told = tell(HISTORY.slice(0, step), HISTORY[step]!);
    const events = "events" in told ? (told.events as { name: string; attributes: Attributes }[]) : [];
    const span = {
      traceId: TRACE,
      spanId: idOf(step),
      name: "chat",
      startTimeUnixNano: "1769860800000000000",
      endTimeUnixNano: "1769860801000000000",
      attributes: keyValues("events" in told ? { "gen_ai.operation.name": "chat" } : (told as Attributes)),
      events: events.map(({ name, attributes }) => ({ name, attributes: keyValues(attributes) })),
    };
    return fixture.send("POST", "/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  });
  expect(bytes / native).toBeLessThanOrEqual(1.2);
});

test("a history that is not shared would cost several times as much", () => {
  const sent = HISTORY.map((_message, step) => text(HISTORY.slice(0, step)).length);
  const unshared = sent.filter((_length, step) => step % 2 === 1).reduce((sum, length) => sum + length, 0);
  expect(unshared / native).toBeGreaterThan(2);
});
