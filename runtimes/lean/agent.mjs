/** A small agent's run: nested and parallel spans, an error, a stream, a credential, a key that looks like a reference. */
export async function agent(tracer, name, hops = 3) {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  return tracer.span(name, { input: { password: "hunter2", $blob: "mine" } }, async (turn) => {
    await Promise.all(
      Array.from({ length: hops }, (_, hop) =>
        tracer.span(`tool ${hop}`, { type: "CODE_EXECUTION" }, async (span) => {
          await wait(1);
          if (tracer.activeSpan()?.id !== span.id || span.parentId !== turn.id) throw new Error("the context is lost");
        }),
      ),
    );
    await tracer
      .span("failing", async () => {
        throw new RangeError("mine");
      })
      .catch(() => {});
    let text = "";
    const stream = tracer.span("stream", async function* () {
      for (const part of ["a", "b"]) {
        await wait(1);
        yield part;
      }
    });
    for await (const part of stream) text += part;
    return { text, id: turn.id };
  });
}
/** Spans of one run. */
export const SPANS_OF_RUN = (hops = 3) => hops + 3;
