/** A program traced with Braintrust's own client. */
import { initLogger } from "braintrust";

const logger = initLogger({ projectName: "project", asyncFlush: true });
await logger.traced(
  async (agent) => {
    agent.log({ input: "hi ☃" });
    await agent.traced(
      async (llm) =>
        llm.log({
          input: [{ role: "user", content: "hi ☃" }],
          output: { role: "assistant", content: "hello" },
          metadata: { model: "gpt-4o" },
          metrics: { prompt_tokens: 20, completion_tokens: 5 },
        }),
      { name: "llm-call", type: "llm" },
    );
  },
  { name: "agent-run" },
);
await logger.flush();
