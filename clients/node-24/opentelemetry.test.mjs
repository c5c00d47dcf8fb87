/** The newest OpenTelemetry JS, which needs a newer Node: its binary is a package of this folder. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readSpan } from "../../packages/reading/src/index.ts";
import { named, run, startCollector } from "../harness/collector.mjs";

const NODE = fileURLToPath(new URL("node_modules/node-24/bin/node", import.meta.url));
const PROGRAM = new URL("programs/opentelemetry.mjs", import.meta.url);

for (const protocol of ["http/json", "http/protobuf"]) {
  test(`OpenTelemetry JS under Node 24, ${protocol}: OTEL_EXPORTER_OTLP_ENDPOINT`, async () => {
    const collector = await startCollector();
    try {
      const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
      await run(PROGRAM, environment, NODE);
      const spans = await collector.spans();
      const chat = named(spans, "chat gpt-5");
      assert.equal(chat.parentId, named(spans, "agent").id);
      const { input, output, usage, call, session } = readSpan(chat);
      const words = [input, output].map(({ value }) =>
        value.messages.flatMap(({ parts }) => parts.map(({ text }) => text)),
      );
      assert.deepEqual(words, [["hi ☃"], ["hello"]]);
      assert.deepEqual([usage.inputTokens, usage.outputTokens], [40, 12]);
      assert.deepEqual([call.responseModel, call.finishReason, session], ["gpt-5", "stop", "conversation-1"]);
    } finally {
      await collector.stop();
    }
  });
}

test("OpenTelemetry JS under Node 24: Everspan's span processor, and spans of both kinds in one tree", async () => {
  const output = await run(new URL("programs/processor.mjs", import.meta.url), { OTEL_TRACES_EXPORTER: "none" }, NODE);
  const spans = JSON.parse(output.trim().split("\n").at(-1));
  const parents = Object.fromEntries(
    spans.map(({ name, parentId }) => [name, spans.find(({ id }) => id === parentId)?.name]),
  );
  assert.deepEqual(parents, { "POST /ask": undefined, turn: "POST /ask", chat: "turn", inner: "chat" });
  assert.ok(spans.every(({ phase }) => phase === "ended"));
});
