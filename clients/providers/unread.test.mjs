/** What nobody reads is ended all the same, once it is gone, and says so: every major of the `openai` client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MemoryExporter, Tracer } from "everspan";
import { observe } from "everspan/openai";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
const STREAM = 'data: {"id":"a","choices":[{"index":0,"delta":{"content":"x"}}]}\n\ndata: [DONE]\n\n';

async function fetchFromMemory(_url, { body }) {
  const isStream = JSON.parse(body).stream === true;
  const type = isStream ? "text/event-stream" : "application/json";
  return new Response(isStream ? STREAM : '{"id":"x","choices":[]}', {
    headers: { "content-type": type, "x-request-id": "req_1" },
  });
}

for (const major of [4, 5, 6, 7]) {
  test(`openai ${major}: a reply, a stream and the rest of a stream that nobody reads`, {
    timeout: 60_000,
  }, async () => {
    const memory = new MemoryExporter();
    const tracer = new Tracer({ exporters: [memory] });
    const { default: OpenAI } = await import(`openai-${major}`);
    const client = observe(new OpenAI({ apiKey: "k", fetch: fetchFromMemory, baseURL: "http://model.test/v1" }), {
      tracer,
    });
    const create = (model, stream) => client.chat.completions.create({ model, messages: [], stream });
    // Functions of their own: what they held is gone when they have ended.
    await (async () => void create("reply", false))();
    await (async () => void (await create("stream", true)))();
    await (async () => void (await (await create("begun", true))[Symbol.asyncIterator]().next()))();
    while (tracer.stats().queue.openSpans > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
    await tracer.flush();
    const ended = memory.spans().map(({ data }) => [data.model, data["everspan.unconsumed"], data.requestId]);
    const expected = ["reply", "stream", "begun"].map((model) => [model, true, "req_1"]);
    assert.deepEqual(ended.sort(), expected.sort());
  });
}
