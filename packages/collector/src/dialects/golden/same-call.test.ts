/**
 * One recorded call as every convention writes it, sent to a collector: what is stored must read to the provider's own
 * words. Where a convention cannot say something, that stands here with its reason.
 */
import { readFileSync } from "node:fs";
import { parseJsonNumbers, type StoredSpan } from "@everspan/protocol";
import { readSpan } from "@everspan/reading";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../../testing/collector-fixture.ts";
import { expectedCost } from "./expected-cost.ts";
import { type Exchange, type NormalCall, normalCall, providerCall } from "./normal-form.ts";

type Json = Readonly<Record<string, unknown>>;

interface Call {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[];
  readonly tool_call_id?: string;
}

/** The question with a tool, and the history with its result. */
const EXCHANGES = JSON.parse(
  readFileSync(new URL("../../../../reading/fixtures/recordings/langchain-whole.json", import.meta.url), "utf8"),
) as readonly Exchange[];

interface Told {
  readonly request: Json & { messages: readonly Call[]; tools: readonly { function: Json }[]; model: string };
  readonly reply: Json & { usage: Json; choices: readonly { message: Call; finish_reason: string }[] };
}

const toldOf = ({ request, response }: Exchange): Told => ({
  request: request.body as Told["request"],
  reply: JSON.parse(response.body) as Told["reply"],
});

interface Form {
  readonly attributes?: Json;
  readonly events?: readonly { readonly name: string; readonly attributes: Json }[];
  readonly logs?: readonly { readonly name: string; readonly body: Json }[];
  readonly sgp?: Json;
}

interface Convention {
  readonly name: string;
  readonly tell: (call: Told) => Form;
  readonly differences?: readonly {
    readonly field: keyof NormalCall;
    readonly value: unknown;
    readonly because: string;
  }[];
}

/** A message in OpenTelemetry's words. */
function semantic({ role, content, tool_calls: calls, tool_call_id: id }: Call): Json {
  if (id !== undefined) return { role, parts: [{ type: "tool_call_response", id, response: content }] };
  const said = content === null || content === "" ? [] : [{ type: "text", content }];
  const called = (calls ?? []).map((call) => ({
    type: "tool_call",
    id: call.id,
    name: call.function.name,
    arguments: JSON.parse(call.function.arguments) as unknown,
  }));
  return { role, parts: [...said, ...called] };
}

const usageOf = ({ reply }: Told): Json => ({
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-3.5-turbo",
  "gen_ai.response.model": reply.model,
  "gen_ai.response.id": reply.id,
  "gen_ai.response.finish_reasons": [reply.choices[0]!.finish_reason],
  "gen_ai.usage.input_tokens": reply.usage.prompt_tokens,
  "gen_ai.usage.output_tokens": reply.usage.completion_tokens,
});
const toolsOf = ({ request }: Told) => request.tools.map(({ function: tool }) => ({ type: "function", ...tool }));
const inputOf = ({ request }: Told) => request.messages.map(semantic);
const outputOf = ({ reply }: Told) =>
  reply.choices.map(({ message, finish_reason }) => ({ ...semantic(message), finish_reason }));
const eventsOf = ({ request, reply }: Told) => [
  ...request.messages.map(({ role, ...body }) => ({ name: `gen_ai.${role}.message`, body: bodyOf(body) })),
  ...reply.choices.map(({ message, finish_reason }, index) => ({
    name: "gen_ai.choice",
    body: { index, finish_reason, message: bodyOf(message) },
  })),
];

/** A result names its call by `id` in these events. */
function bodyOf({ tool_call_id: id, content, ...others }: Omit<Call, "role">): Json {
  return { ...others, ...(content === null ? {} : { content }), ...(id === undefined ? {} : { id }) };
}

const NO_TOOLS = {
  field: "tools",
  value: [],
  because: "these events have no place for the tools that were offered",
} as const;
const NO_ID = { field: "responseId", value: undefined, because: "Logfire leaves the reply's id out" } as const;

const CONVENTIONS: readonly Convention[] = [
  {
    name: "GenAI attributes, as JSON text",
    tell: (call) => ({
      attributes: {
        ...usageOf(call),
        "gen_ai.input.messages": JSON.stringify(inputOf(call)),
        "gen_ai.output.messages": JSON.stringify(outputOf(call)),
        "gen_ai.tool.definitions": JSON.stringify(toolsOf(call)),
      },
    }),
  },
  {
    name: "GenAI attributes, as values",
    tell: (call) => ({
      attributes: {
        ...usageOf(call),
        "gen_ai.input.messages": inputOf(call),
        "gen_ai.output.messages": outputOf(call),
        "gen_ai.tool.definitions": toolsOf(call),
      },
    }),
  },
  {
    name: "one GenAI event",
    tell: (call) => ({
      attributes: { ...usageOf(call), "gen_ai.tool.definitions": JSON.stringify(toolsOf(call)) },
      events: [
        {
          name: "gen_ai.client.inference.operation.details",
          attributes: { "gen_ai.input.messages": inputOf(call), "gen_ai.output.messages": outputOf(call) },
        },
      ],
    }),
  },
  {
    name: "one GenAI event with all of the call",
    tell: (call) => ({
      attributes: usageOf(call),
      events: [
        {
          name: "gen_ai.client.inference.operation.details",
          attributes: {
            ...usageOf(call),
            "gen_ai.input.messages": inputOf(call),
            "gen_ai.output.messages": outputOf(call),
            "gen_ai.tool.definitions": toolsOf(call),
          },
        },
      ],
    }),
  },
  {
    name: "GenAI events, one a message",
    tell: (call) => ({
      attributes: usageOf(call),
      events: eventsOf(call).map(({ name, body }) => ({ name, attributes: textsOf(body) })),
    }),
    differences: [NO_TOOLS],
  },
  {
    name: "GenAI log records, one a message",
    tell: (call) => ({ attributes: usageOf(call), logs: eventsOf(call) }),
    differences: [NO_TOOLS],
  },
  {
    name: "Logfire, requests and replies",
    tell: ({ request, reply }) => ({
      attributes: {
        request_data: JSON.stringify(request),
        response_data: JSON.stringify({ message: reply.choices[0]!.message, usage: reply.usage }),
        "gen_ai.system": "openai",
        "gen_ai.request.model": request.model,
        "gen_ai.response.model": reply.model,
        "gen_ai.response.finish_reasons": JSON.stringify([reply.choices[0]!.finish_reason]),
      },
    }),
    differences: [NO_ID],
  },
  {
    name: "Logfire, events in an attribute",
    tell: (call) => ({
      attributes: {
        ...usageOf(call),
        events: JSON.stringify(eventsOf(call).map(({ name, body }) => ({ "event.name": name, ...body }))),
      },
    }),
    differences: [NO_TOOLS],
  },
  { name: "SGP", tell: ({ request, reply }) => ({ sgp: { input: request, output: reply } }) },
  {
    name: "Langfuse",
    tell: ({ request, reply }) => ({
      attributes: {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": reply.model,
        "langfuse.observation.input": JSON.stringify({ messages: request.messages, tools: request.tools }),
        "langfuse.observation.output": JSON.stringify(reply.choices[0]!.message),
        "langfuse.observation.usage_details": JSON.stringify({
          input: reply.usage.prompt_tokens,
          output: reply.usage.completion_tokens,
        }),
      },
    }),
    differences: [
      { field: "responseId", value: undefined, because: "Langfuse keeps the message of a reply only" },
      { field: "finish", value: undefined, because: "Langfuse keeps the message of a reply only" },
    ],
  },
];

/** Structures are JSON text in attributes that can hold none. */
function textsOf(body: Json): Json {
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : value]),
  );
}

function anyValue(value: unknown): Json {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { intValue: String(value) };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return typeof value === "object" && value !== null ? { kvlistValue: { values: keyValues(value as Json) } } : {};
}

function keyValues(record: Json): readonly Json[] {
  return Object.entries(record).map(([key, value]) => ({ key, value: anyValue(value) }));
}

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

const START = "1769860801000000000";
const END = "1769860802000000000";
let traces = 0;

async function stored({ attributes = {}, events = [], logs = [], sgp }: Form): Promise<StoredSpan> {
  const traceId = (++traces).toString(16).padStart(32, "0");
  const spanId = "00000000000000a1";
  const requests: [method: string, path: string, body: unknown][] = [];
  if (sgp === undefined) {
    const timed = events.map((event) => ({ ...event, timeUnixNano: START, attributes: keyValues(event.attributes) }));
    const span = {
      traceId,
      spanId,
      name: "chat",
      startTimeUnixNano: START,
      endTimeUnixNano: END,
      attributes: keyValues(attributes),
      events: timed,
    };
    requests.push(["POST", "/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }]);
  } else {
    requests.push([
      "PUT",
      "/v5/spans/batch",
      { items: [sgpItem({ id: spanId, trace_id: traceId, type: "COMPLETION", ...sgp })] },
    ]);
  }
  const logRecords = logs.map(({ name, body }) => ({
    traceId,
    spanId,
    timeUnixNano: START,
    eventName: name,
    body: anyValue(body),
  }));
  if (logs.length > 0) requests.push(["POST", "/v1/logs", { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }]);
  for (const [method, path, body] of requests) expect((await fixture.send(method, path, body)).status).toBe(200);
  const answer = await fixture.get(`/api/traces/${traceId}?payloads=full`);
  return (parseJsonNumbers(await answer.text()) as { spans: readonly StoredSpan[] }).spans[0]!;
}

describe.each(EXCHANGES.map((exchange, i) => [i === 0 ? "a question" : "a history", exchange] as const))(
  "%s",
  (_which, exchange) => {
    test.each(CONVENTIONS)("$name", async ({ tell, differences = [] }) => {
      const own = providerCall(exchange);
      const span = await stored(tell(toldOf(exchange)));
      const expected: Record<string, unknown> = { ...own };
      for (const { field, value, because } of differences) {
        expect(value, `no difference: ${because}`).not.toEqual(own[field]);
        expected[field] = value;
      }
      expect(normalCall(readSpan(span))).toEqual(expected);
      expect([span.inputTokens, span.outputTokens]).toEqual([own.usage.inputTokens, own.usage.outputTokens]);
      expect(span.costUsd).toBeCloseTo(expectedCost(own.model, own.usage)!, 9);
    });
  },
);
