/** Stands in for an agent: looks something up, and streams its answer. */
import type { Tracer } from "everspan";

export async function answer(tracer: Tracer, request: Request): Promise<Response> {
  const city = new URL(request.url).searchParams.get("city") ?? "Amsterdam";
  return tracer.span("answer", { type: "AGENT_WORKFLOW", input: { city } }, async () => {
    const weather = await tracer.span("look_up_weather", { type: "CODE_EXECUTION", input: city }, async () => 21);
    const words = ["It ", "is ", `${weather} `, "degrees."];
    const write = tracer.traced("write", (word: string) => new TextEncoder().encode(word));
    return new Response(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          const word = words.shift();
          if (word === undefined) controller.close();
          else controller.enqueue(write(word));
        },
      }),
    );
  });
}
