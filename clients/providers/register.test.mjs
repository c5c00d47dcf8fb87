/** `everspan/register`: clients that a program loads as it likes are observed, each request once. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import http from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { MemoryExporter, setDefaultTracer, Tracer } from "everspan";
import { registerProcess } from "everspan/register";

registerProcess();
const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });
setDefaultTracer(tracer);

const server = http.createServer((request, reply) => {
  request.resume();
  request.on("end", () => reply.writeHead(400, { "content-type": "application/json" }).end('{"message":"scripted"}'));
});
let url = "";
before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const messages = [{ role: "user", content: "hi" }];
const credentials = { accessKeyId: "a", secretAccessKey: "b" };
const ASKS = {
  "@anthropic-ai/sdk": ({ Anthropic }) =>
    new Anthropic({ apiKey: "k", baseURL: url }).messages.create({ model: "m", max_tokens: 9, messages }),
  "groq-sdk": ({ Groq }) => new Groq({ apiKey: "k", baseURL: url }).chat.completions.create({ model: "m", messages }),
  "@google/genai": ({ GoogleGenAI }) =>
    new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url } }).models.generateContent({
      model: "m",
      contents: "hi",
    }),
  "@mistralai/mistralai": ({ Mistral }) =>
    new Mistral({ apiKey: "k", serverURL: url }).chat.complete({ model: "m", messages }),
  ollama: ({ Ollama }) => new Ollama({ host: url }).chat({ model: "m", messages }),
  "cohere-ai": ({ CohereClientV2 }) =>
    new CohereClientV2({ token: "k", environment: url, maxRetries: 0 }).chat(
      { model: "m", messages },
      { maxRetries: 0 },
    ),
  "cohere-ai, the older client": ({ CohereClient }) =>
    new CohereClient({ token: "k", environment: url }).v2.chat({ model: "m", messages }, { maxRetries: 0 }),
  "@aws-sdk/client-bedrock-runtime": ({ BedrockRuntimeClient, ConverseCommand }) =>
    new BedrockRuntimeClient({ region: "eu-west-1", endpoint: url, credentials, maxAttempts: 1 }).send(
      new ConverseCommand({ modelId: "m", messages: [{ role: "user", content: [{ text: "hi" }] }] }),
    ),
};

const require = createRequire(import.meta.url);
const LOADERS = { import: (name) => import(name), require: async (name) => require(name) };
for (const [name, ask] of Object.entries(ASKS)) {
  for (const [how, load] of Object.entries(LOADERS)) {
    test(`${name} by ${how}`, async () => {
      const { length } = memory.spans();
      await assert.rejects(async () => ask(await load(name.split(",")[0])));
      await tracer.flush();
      const calls = memory
        .spans()
        .slice(length)
        .filter(({ type }) => type === "COMPLETION");
      assert.deepEqual(
        calls.map(({ status }) => status),
        ["ERROR"],
      );
    });
  }
}

test("also where Node was told to require no ECMAScript modules", async () => {
  const program = `
    import { MemoryExporter, setDefaultTracer, Tracer } from "everspan";
    import { registerProcess } from "everspan/register";
    registerProcess();
    const memory = new MemoryExporter();
    const tracer = new Tracer({ exporters: [memory] });
    setDefaultTracer(tracer);
    const { Groq } = await import("groq-sdk");
    const groq = new Groq({ apiKey: "k", baseURL: process.argv[1] });
    await groq.chat.completions.create({ model: "m", messages: [] }).catch(() => {});
    await tracer.flush();
    console.log(memory.spans()[0].name);
  `;
  const flags = ["--no-experimental-require-module", "--input-type=module", "--eval", program, url];
  const cwd = new URL(".", import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
  assert.equal(stdout, "chat.completions.create\n");
});
