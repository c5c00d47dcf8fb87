/**
 * What the recorded agent runs cost one store over the native wire and over OTLP, where each model call brings its whole
 * history as JSON text in an attribute. `npx tsx bench/otlp-store-bytes.ts`. The last lines are ratios to the native wire.
 */
import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeNativeBatch, newSpanId, type SpanSnapshot } from "@everspan/protocol";
import { ABSENT_REASON, recordedRuns } from "../e2e/recorded-runs.ts";
import { createCollector } from "../packages/collector/src/index.ts";

interface Message {
  readonly role: string;
  readonly content: string;
}

if (recordedRuns.length === 0) throw new Error(ABSENT_REASON);
const runs = recordedRuns.map((path, index) => callsOf(path, index));

/** The calls of a run: each with all messages before its reply. */
function callsOf(path: string, run: number): SpanSnapshot[] {
  const { messages } = JSON.parse(readFileSync(path, "utf8")) as { messages: Message[] };
  const plain = messages.map(({ role, content }) => ({ role, content }));
  return plain.flatMap((reply, index) =>
    reply.role !== "assistant"
      ? []
      : [
          {
            phase: "ended",
            revision: 2,
            traceId: hash("md5", path),
            id: newSpanId().replaceAll("-", "").slice(0, 16),
            name: "chat",
            type: "COMPLETION",
            startTime: `2026-01-0${run + 1}T12:00:00.000000Z`,
            endTime: `2026-01-0${run + 1}T12:00:01.000000Z`,
            status: "OK",
            input: { messages: plain.slice(0, index) },
            output: reply,
            service: { name: "agent" },
          } satisfies SpanSnapshot,
        ],
  );
}

type Form = "native" | "openinference" | "gen_ai" | "flattened";
const sizes = {} as Record<Form, number>;
for (const form of ["native", "openinference", "gen_ai", "flattened"] as const) {
  sizes[form] = await storedBytes(form);
  console.log(`${form}: ${sizes[form]} bytes, ${(sizes[form] / sizes.native).toFixed(2)} of the native wire`);
}

async function storedBytes(form: Form): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "everspan-bench-"));
  const collector = await createCollector({ dataDirectory: directory, port: 0 });
  for (const calls of runs) {
    for (const call of calls) {
      const path = form === "native" ? "/v1/everspan/batch" : "/v1/traces";
      const body = form === "native" ? encodeNativeBatch([call], { nameBlob }) : otlpOf(call, form);
      const response = await fetch(collector.url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  }
  await collector.close();
  const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  rmSync(directory, { recursive: true });
  return bytes;
}

function nameBlob(encoded: string): string {
  return hash("sha256", encoded).slice(0, 32);
}

function otlpOf({ traceId, id, startTime, endTime, input, output }: SpanSnapshot, form: Form): string {
  const { messages } = input as { messages: Message[] };
  const attributes = Object.entries(attributesOf(form, messages, output as Message)).map(([key, value]) => ({
    key,
    value: { stringValue: value },
  }));
  const nanos = (time: string) => `${Date.parse(time)}000000`;
  const span = {
    traceId,
    spanId: id,
    name: "chat",
    kind: 3,
    startTimeUnixNano: nanos(startTime),
    endTimeUnixNano: nanos(endTime!),
    attributes,
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "agent" } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "lib" }, spans: [span] }] }] });
}

function attributesOf(form: Form, messages: readonly Message[], reply: Message): Record<string, string> {
  if (form === "openinference") {
    return {
      "openinference.span.kind": "LLM",
      "input.value": JSON.stringify({ messages }),
      "input.mime_type": "application/json",
      "output.value": JSON.stringify(reply),
      "output.mime_type": "application/json",
    };
  }
  if (form === "gen_ai") {
    const parts = ({ role, content }: Message) => ({ role, parts: [{ type: "text", content }] });
    return {
      "gen_ai.operation.name": "chat",
      "gen_ai.input.messages": JSON.stringify(messages.map(parts)),
      "gen_ai.output.messages": JSON.stringify([parts(reply)]),
    };
  }
  const flat = (prefix: string, list: readonly Message[]) =>
    list.flatMap(({ role, content }, index) => [
      [`${prefix}.${index}.message.role`, role],
      [`${prefix}.${index}.message.content`, content],
    ]);
  return Object.fromEntries([
    ["openinference.span.kind", "LLM"],
    ...flat("llm.input_messages", messages),
    ...flat("llm.output_messages", [reply]),
  ]) as Record<string, string>;
}
