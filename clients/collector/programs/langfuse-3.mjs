/** A program traced with Langfuse's older client, which sends events. */
import { Langfuse } from "langfuse";

const langfuse = new Langfuse();
const trace = langfuse.trace({ name: "agent-run", userId: "u", sessionId: "session-1", input: "hi ☃" });
const generation = trace.generation({ name: "llm-call", model: "gpt-4o", input: [{ role: "user", content: "hi ☃" }] });
generation.end({ output: { role: "assistant", content: "hello" }, usageDetails: { input: 20, output: 5 } });
trace.update({ output: "hello" });
await langfuse.shutdownAsync();
