/** What people do with these clients. Each feature logs what its program sees; the same is asked of an observed client. */
import { closedEarly } from "./common.features.mjs";

const messages = [{ role: "user", content: "What is 2 + 2?" }];
const chat = { model: "gpt-x", messages };
const prompt = { model: "claude-x", max_tokens: 100, messages };
const addTool = {
  type: "function",
  function: {
    name: "add",
    description: "Adds",
    parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } },
    parse: JSON.parse,
    function: ({ a, b }) => String(a + b),
  },
};

async function caught(log, run) {
  try {
    log(await run());
  } catch (error) {
    log("threw", error?.constructor?.name, String(error?.message), error?.status ?? null, error?.requestID ?? null);
  }
}
async function all(log, stream) {
  for await (const chunk of stream) log(chunk);
  log("aborted", stream.controller?.signal.aborted ?? null);
}
const shape = (value) => [
  value?.constructor?.name,
  Object.prototype.toString.call(value),
  Object.keys(value ?? {}).sort(),
];
const turn = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

/** Features that hold for every generated client, given what it calls. */
function common(create, streamed) {
  return {
    "create, awaited": async (c, log) => log(await create(c)),
    "create: what the promise is": async (c, log) => {
      const promise = create(c);
      log(shape(promise), promise instanceof Promise, typeof promise.withResponse, typeof promise.asResponse);
      await promise;
    },
    "create().withResponse()": async (c, log) => {
      const { data, response, ...ids } = await create(c).withResponse();
      log(data, response.status, response.headers.get("x-request-id"), ids);
    },
    "create().asResponse()": async (c, log) => {
      const response = await create(c).asResponse();
      log(response.constructor.name, response.status, await response.json());
    },
    "create(), then and finally": async (c, log) => {
      log(await create(c).then((reply) => reply.id), await create(c).finally(() => log("finally")));
    },
    "create(), its fields": async (c, log) => {
      const reply = await create(c);
      log(shape(reply), reply._request_id ?? null, JSON.stringify(reply));
    },
    "a stream, iterated": async (c, log) => {
      const stream = await streamed(c);
      log(shape(stream), stream.controller.constructor.name);
      await all(log, stream);
    },
    "a stream, left early": async (c, log, server) => {
      server.next.push("hang");
      for await (const chunk of await streamed(c)) {
        log(chunk);
        break;
      }
      log("closed early", await closedEarly(server));
    },
    "a stream, teed": async (c, log) => {
      const [left, right] = (await streamed(c)).tee();
      log(shape(left));
      await Promise.all([all(log.named("left"), left), all(log.named("right"), right)]);
    },
    "a stream, teed, one branch dropped": async (c, log) => {
      const [left] = (await streamed(c)).tee();
      await all(log, left);
    },
    "a stream, to a web stream": async (c, log) =>
      log(await new Response((await streamed(c)).toReadableStream()).text()),
    "a stream, with its response": async (c, log) => {
      const { data, response } = await streamed(c).withResponse();
      log(response.status, shape(data));
      await all(log, data);
    },
    "a stream, aborted by its controller": async (c, log, server) => {
      server.next.push("hang");
      const stream = await streamed(c);
      await caught(log, async () => {
        for await (const chunk of stream) {
          log(chunk);
          stream.controller.abort();
        }
        return "ended";
      });
      log("closed early", await closedEarly(server));
    },
    "a stream, read a while later": async (c, log) => {
      const stream = await streamed(c);
      await turn(50);
      await all(log, stream);
    },
    "a stream that nobody reads": async (c, log) => log(shape(await streamed(c))),
    "a stream that breaks": async (c, log, server) => {
      server.next.push("torn");
      await caught(log, async () => {
        for await (const chunk of await streamed(c)) log(chunk);
      });
    },
    "an error within a stream": async (c, log, server) => {
      server.next.push("error");
      await caught(log, async () => {
        for await (const chunk of await streamed(c)) log(chunk);
      });
    },
    "a refusal": async (c, log, server) => {
      server.next.push(400);
      await caught(log, () => create(c));
    },
    "a refusal, asked of raw": async (c, log, server) => {
      server.next.push(401);
      await caught(log, () => create(c).asResponse());
    },
    "a refusal, caught": async (c, log, server) => {
      server.next.push(400);
      log(await create(c).catch((error) => error.constructor.name));
    },
    "a refusal that nobody handles": async (c, _log, server) => {
      server.next.push(400);
      const unhandled = new Promise((resolve) => process.once("unhandledRejection", resolve));
      void create(c);
      await Promise.race([unhandled, turn(10_000)]);
    },
    "retries, then an answer": async (c, log, server) => {
      server.next.push(500, "reset");
      log(await create(c));
    },
    "aborted before": async (c, log) => {
      const controller = new AbortController();
      controller.abort();
      await caught(log, () => create(c, { signal: controller.signal }));
    },
    "aborted while it runs": async (c, log, server) => {
      server.next.push("hang");
      const controller = new AbortController();
      const stream = await streamed(c, { signal: controller.signal });
      await caught(log, async () => {
        for await (const chunk of stream) {
          log(chunk);
          controller.abort();
        }
        return "ended";
      });
      log("closed early", await closedEarly(server));
    },
    withOptions: async (c, log) => {
      const other = c.withOptions({ maxRetries: 0 });
      log(other.constructor === c.constructor, other !== c, other.maxRetries, await create(other));
    },
    "100 in parallel": async (c, log) => {
      log((await Promise.all(Array.from({ length: 100 }, () => create(c)))).length);
    },
    "pages of a list": async (c, log) => {
      const promise = c.models.list();
      log(shape(promise), (await promise.withResponse?.())?.response.status);
      await c.models.list().catch(() => {});
      const page = await c.models.list().finally(() => log("finally"));
      log(shape(page));
      if (page.getPaginatedItems === undefined) return;
      log(
        page.getPaginatedItems().length,
        page.hasNextPage(),
        page.nextPageRequestOptions?.() ?? page.nextPageParams?.() ?? null,
      );
      for await (const each of page.iterPages()) log(shape(each));
      for await (const { id } of c.models.list()) log(id);
      await caught(log, () => page.getNextPage());
    },
    "the client's own methods": async (c, log) => {
      log(
        (await c.models.list()).data.map(({ id }) => id),
        typeof c.post,
        Object.keys(c).sort(),
        c.constructor.name,
      );
    },
  };
}

/** Up to version 5 the helpers are among the betas. */
const completionsOf = (c) => (c.chat.completions.stream ? c.chat.completions : c.beta.chat.completions);

export const OPENAI = {
  ...common(
    (c, options) => c.chat.completions.create(chat, options),
    (c, options) => c.chat.completions.create({ ...chat, stream: true }, options),
  ),
  _thenUnwrap: async (c, log) => log(await c.chat.completions.create(chat)._thenUnwrap((reply) => reply.id)),
  "_thenUnwrap of a refusal": async (c, log, server) => {
    server.next.push(400);
    await caught(log, () => c.chat.completions.create(chat)._thenUnwrap((reply) => reply.id));
  },
  "usage in a stream": async (c, log) => {
    await all(log, await c.chat.completions.create({ ...chat, stream: true, stream_options: { include_usage: true } }));
  },
  parse: async (c, log) => {
    const completions = completionsOf(c);
    const schema = {
      type: "object",
      properties: { answer: { type: "string" } },
      required: ["answer"],
      additionalProperties: false,
    };
    const format = { type: "json_schema", json_schema: { name: "a", schema, strict: true } };
    const promise = completions.parse({ ...chat, response_format: format });
    log(
      shape(promise),
      await promise,
      (await completions.parse({ ...chat, response_format: format }).withResponse()).response.status,
    );
  },
  "chat.completions.stream": async (c, log) => {
    const completions = completionsOf(c);
    const runner = completions.stream(chat);
    log(shape(runner));
    runner.on("content", (delta, snapshot) => log("content", delta, snapshot));
    log(await runner.finalChatCompletion(), await runner.finalContent());
  },
  "chat.completions.stream, iterated and aborted": async (c, log, server) => {
    const completions = completionsOf(c);
    server.next.push("hang");
    const runner = completions.stream(chat);
    await caught(log, async () => {
      for await (const chunk of runner) {
        log(chunk);
        runner.abort();
      }
      return "ended";
    });
    log("closed early", await closedEarly(server));
  },
  runTools: async (c, log) => {
    const completions = completionsOf(c);
    const runner = completions.runTools({ ...chat, tools: [addTool] });
    runner.on("message", (message) => log("message", message));
    log(await runner.finalContent());
  },
  "runTools, streamed": async (c, log) => {
    const completions = completionsOf(c);
    const runner = completions.runTools({ ...chat, stream: true, tools: [addTool] });
    log(shape(runner), await runner.finalContent());
  },
  "a runner, by all that it tells": async (c, log) => {
    const runner = completionsOf(c).stream({ ...chat, stream_options: { include_usage: true } });
    const unheard = () => log("never");
    runner.on("chunk", unheard).off("chunk", unheard);
    runner.once("connect", () => log("connected"));
    // Of openai 7.
    const contents = runner.events?.("content");
    log(await runner.emitted("finalContent"), await runner.done(), await runner.finalMessage());
    await caught(log, () => runner.totalUsage());
    log(runner.allChatCompletions());
    if (contents !== undefined) for await (const content of contents) log(content);
    log(await new Response(completionsOf(c).stream(chat).toReadableStream()).text());
  },
  "what tools were called, of a runner": async (c, log) => {
    const runner = completionsOf(c).runTools({ ...chat, tools: [addTool] });
    // Version 4 has names of its own.
    await caught(log, () => runner.finalFunctionToolCall?.() ?? runner.finalFunctionCall());
    await caught(log, () => runner.finalFunctionToolCallResult?.() ?? runner.finalFunctionCallResult());
    const streamed = completionsOf(c).runTools({ ...chat, stream: true, tools: [addTool] });
    log(await new Response(streamed.toReadableStream()).text());
    if (completionsOf(c).runFunctions === undefined) return;
    const functions = [{ ...addTool.function }];
    await caught(log, () =>
      completionsOf(c)
        .runFunctions({ ...chat, functions })
        .finalContent(),
    );
  },
  "responses.create": async (c, log) => {
    const reply = await c.responses.create({ model: "gpt-x", input: "2 + 2?" });
    log(reply, reply.output_text);
    log((await c.responses.create({ model: "gpt-x", input: "2 + 2?" }).withResponse()).response.status);
  },
  "responses.create, streamed": async (c, log) => {
    await all(log, await c.responses.create({ model: "gpt-x", input: "2 + 2?", stream: true }));
  },
  "responses.stream and parse": async (c, log) => {
    const stream = c.responses.stream({ model: "gpt-x", input: "2 + 2?" });
    log(shape(stream));
    stream.on("response.output_text.delta", (event) => log(event.delta));
    log((await stream.finalResponse()).output_text);
    log((await c.responses.parse({ model: "gpt-x", input: "2 + 2?" })).output_parsed);
  },
  "responses, as the betas have them, compacted, and decisions": async (c, log) => {
    const ask = { model: "gpt-x", input: "2 + 2?" };
    // Each came with a later version.
    if (c.responses.compact) log(await c.responses.compact(ask));
    if (c.beta.responses) {
      log(await c.beta.responses.create(ask), await c.beta.responses.compact(ask));
      await all(log, await c.beta.responses.create({ ...ask, stream: true }));
    }
    if (c.decisions) log(await c.decisions.create({ ...ask, questions: [{ type: "predicate", question: "four?" }] }));
  },
  embeddings: async (c, log) => log(await c.embeddings.create({ model: "embed", input: ["a"] })),
  "images and moderations": async (c, log) => {
    log(await c.images.generate({ model: "image", prompt: "a cat" }), await c.moderations.create({ input: "x" }));
  },
  speech: async (c, log) => {
    const response = await c.audio.speech.create({ model: "tts", voice: "alloy", input: "hi" });
    log(response.constructor.name, Buffer.from(await response.arrayBuffer()).toString());
  },
  "transcription and translation": async (c, log) => {
    const file = () => new File(["RIFF"], "a.wav", { type: "audio/wav" });
    log(await c.audio.transcriptions.create({ model: "whisper", file: file() }));
    log(await c.audio.translations.create({ model: "whisper", file: file() }));
  },
  "images, edited and varied": async (c, log) => {
    const image = () => new File(["PNG"], "a.png", { type: "image/png" });
    log(await c.images.edit({ model: "image", image: image(), prompt: "a hat" }));
    log(await c.images.createVariation({ model: "image", image: image() }));
  },
  completions: async (c, log) => {
    log(await c.completions.create({ model: "gpt-x", prompt: "2 + 2?" }));
    await all(log, await c.completions.create({ model: "gpt-x", prompt: "2 + 2?", stream: true }));
  },
  "images and transcriptions, streamed": async (c, log) => {
    const file = () => new File(["RIFF"], "a.wav", { type: "audio/wav" });
    const image = () => new File(["PNG"], "a.png", { type: "image/png" });
    await all(log, await c.audio.transcriptions.create({ model: "whisper", file: file(), stream: true }));
    // Version 4 reads every answer for images whole, as JSON.
    await caught(log, async () => all(log, await c.images.generate({ model: "image", prompt: "a cat", stream: true })));
    await caught(log, async () =>
      all(log, await c.images.edit({ model: "image", image: image(), prompt: "a hat", stream: true })),
    );
  },
  "frozen arguments and a lost this": async (c, log) => {
    log(await c.chat.completions.create(Object.freeze({ ...chat, messages: Object.freeze([...messages]) })));
    const { create } = c.chat.completions;
    await caught(log, async () => create(chat));
    log(create.name, create.length);
  },
};

/** Text completions, which version 1 has no more, and the tools' beta of the first versions. */
const older = {
  "text completions": async (c, log) => {
    const asked = { model: "claude-2", max_tokens_to_sample: 9, prompt: "\n\nHuman: 2 + 2?\n\nAssistant:" };
    log(await c.completions.create(asked));
    await all(log, await c.completions.create({ ...asked, stream: true }));
  },
  "the tools' beta": async (c, log) => {
    log(await c.beta.tools.messages.create(prompt));
    await all(log, await c.beta.tools.messages.create({ ...prompt, stream: true }));
  },
};

export const ANTHROPIC = {
  ...older,
  ...common(
    (c, options) => c.messages.create(prompt, options),
    (c, options) => c.messages.create({ ...prompt, stream: true }, options),
  ),
  "beta.messages.stream": async (c, log) => {
    const stream = c.beta.messages.stream(prompt);
    log(shape(stream));
    stream.on("text", (delta) => log("text", delta));
    log(await stream.finalMessage());
  },
  "messages.stream": async (c, log) => {
    const stream = c.messages.stream(prompt);
    log(shape(stream));
    stream.on("text", (delta) => log("text", delta));
    log(await stream.finalMessage(), await stream.finalText());
  },
  "messages.stream, iterated": async (c, log) => {
    for await (const event of c.messages.stream(prompt)) log(event);
  },
  "messages.stream, aborted": async (c, log, server) => {
    server.next.push("hang");
    const stream = c.messages.stream(prompt);
    await caught(log, async () => {
      for await (const event of stream) {
        log(event);
        stream.abort();
      }
      return "ended";
    });
    log("closed early", await closedEarly(server));
  },
  "parse, and a thread that the provider holds": async (c, log) => {
    const format = { type: "json_schema", schema: { type: "object" } };
    await caught(log, () => c.messages.parse({ ...prompt, output_config: { format } }));
    await caught(log, () => c.beta.messages.parse({ ...prompt, output_config: { format } }));
    const thread = c.beta.messages.thread({ model: "claude-x", max_tokens: 100 });
    await caught(log, () => thread.send(messages[0]));
    await caught(log, () => thread.parse(messages[0]));
    await caught(log, () => thread.stream(messages[0]).finalMessage());
    thread.append(messages[0]);
    thread.update({ max_tokens: 50 });
    await caught(log, () => thread.fork().send(messages[0]));
    await caught(log, async () => (await thread.toolRunner({}).runUntilDone()).content);
  },
  "a message's stream, by all that it tells": async (c, log) => {
    // The first versions have no beta, and their streams no response.
    for (const of of [c.messages, c.beta.messages].filter((messages) => messages !== undefined)) {
      const stream = of.stream(prompt);
      const unheard = () => log("never");
      stream.on("text", unheard).off("text", unheard);
      stream.once("connect", () => log("connected"));
      if (stream.withResponse !== undefined) {
        const { data, response, request_id } = await stream.withResponse();
        log(data === stream, response.status, request_id);
      }
      log((await stream.emitted("finalMessage")) ?? null, await stream.finalText());
      log(await new Response(of.stream(prompt).toReadableStream()).text());
      const left = of.stream(prompt);
      left.abort();
      await caught(log, () => left.done());
    }
  },
  "a tool runner, by all that it offers": async (c, log) => {
    const run = ({ a, b }) => String(a + b);
    const tool = { name: "add", description: "Adds", input_schema: { type: "object" }, parse: (x) => x, run };
    const runner = c.beta.messages.toolRunner({ ...prompt, tools: [tool] });
    runner.setMessagesParams((params) => ({ ...params, max_tokens: 50 }));
    runner.setRequestOptions?.({ headers: { "x-own": "yes" } });
    runner.pushMessages({ role: "user", content: "and be brief" });
    await caught(log, () => runner.generateToolResponse());
    log((await runner.runUntilDone()).content, (await runner).content);
  },
  "a tool is asked for, streamed": async (c, log) => {
    log(
      await c.messages.stream({ ...prompt, tools: [{ name: "add", input_schema: { type: "object" } }] }).finalMessage(),
    );
  },
  "beta.messages": async (c, log) => {
    log(await c.beta.messages.create(prompt));
    await all(log, await c.beta.messages.create({ ...prompt, stream: true }));
  },
  "tool runner": async (c, log) => {
    const runner = c.beta.messages.toolRunner({
      ...prompt,
      tools: [
        {
          name: "add",
          description: "Adds",
          input_schema: { type: "object" },
          parse: (x) => x,
          run: ({ a, b }) => String(a + b),
        },
      ],
    });
    for await (const message of runner) log(message.content);
    log((await runner.done()).content);
  },
};

const { parse, runTools, ...rest } = OPENAI;
/** Groq's client has what all have, and no helpers. */
export const GROQ = Object.fromEntries(
  Object.entries(
    common(
      (c, options) => c.chat.completions.create(chat, options),
      (c, options) => c.chat.completions.create({ ...chat, stream: true }, options),
    ),
  ).concat(["embeddings", "speech", "transcription and translation"].map((name) => [name, rest[name]])),
);
