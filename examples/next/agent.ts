/** Answers in three parts; each part could be a model's. */
import { defaultTracer } from "everspan";

export function answer(question: string): Response {
  const tracer = defaultTracer();
  if (question === "fail") return tracer.span("turn", { type: "AGENT_WORKFLOW", input: question }, fail);
  const turn = tracer.startTrace().startSpan("turn", { type: "AGENT_WORKFLOW", input: question });
  const parts = ["You asked: ", question, "\n"];
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts[sent];
      if (part === undefined) {
        turn.output = parts.join("");
        turn.end();
        controller.close();
        return;
      }
      sent += 1;
      tracer.withSpan(turn, () => tracer.span("write", { input: part }, () => {}));
      controller.enqueue(new TextEncoder().encode(part));
    },
  });
  return new Response(body);
}

function fail(): never {
  throw new Error("the agent failed");
}
