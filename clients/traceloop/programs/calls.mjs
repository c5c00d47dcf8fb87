/** A program whose model calls Traceloop traces. CALL names the exchange, PROVIDER_URL is the model's address. */

import Anthropic from "@anthropic-ai/sdk";
import * as traceloop from "@traceloop/node-server-sdk";
import OpenAI from "openai";
import { recording } from "../../harness/provider.mjs";

traceloop.initialize({
  appName: "tl-app",
  disableBatch: true,
  silenceInitializationMessage: true,
  instrumentModules: { openAI: OpenAI, anthropic: Anthropic },
});

const { CALL, PROVIDER_URL } = process.env;
const name = CALL === "workflow" ? "openai-tool-calling" : CALL;
const baseURL = `${PROVIDER_URL}/${name}`;
const openai = new OpenAI({ apiKey: "key", baseURL: `${baseURL}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: "key", baseURL, maxRetries: 0 });

async function call() {
  const { url, body } = recording(name)[0].request;
  const { pathname } = new URL(url);
  if (pathname === "/v1/messages") return anthropic.messages.create(body);
  if (pathname === "/v1/responses") return openai.responses.create(body);
  return openai.chat.completions.create(body);
}

async function readAll() {
  const reply = await call();
  if (Symbol.asyncIterator in reply) for await (const _chunk of reply);
}

const weather = ({ city }) =>
  traceloop.withTool(
    { name: "weather" },
    async (place) => {
      await traceloop.withTask({ name: "sub" }, async () => 1);
      return { temp: 20, city: place.city };
    },
    { city },
  );

if (CALL === "workflow") {
  const properties = { session_id: "sess-tl", user_id: "user-tl" };
  await traceloop.withWorkflow(
    { name: "my_workflow", associationProperties: properties },
    () =>
      traceloop.withAgent({ name: "my_agent" }, async () => {
        await readAll();
        return weather({ city: "Boston" });
      }),
    "weather?",
  );
} else await readAll();
await traceloop.forceFlush();
