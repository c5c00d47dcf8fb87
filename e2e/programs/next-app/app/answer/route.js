import { appendFileSync } from "node:fs";
import { SgpExporter, Tracer } from "everspan";
import { withEverspan } from "everspan/next";

export const dynamic = "force-dynamic";

const note = (line) => appendFileSync(process.env.NOTES_FILE, `${line}\n`);

/** A linger longer than the test: only a flush delivers. */
const tracer = new Tracer({
  exporters: [new SgpExporter({ apiKey: "test-key", accountId: "account", baseUrl: process.env.BACKEND_URL })],
  batch: { lingerMs: 600_000 },
});

/** A streamed answer: its span ends with the body, long after the handler has returned. */
export const GET = withEverspan({ tracer, waitUntil }, async () => {
  const span = tracer.startTrace().startSpan("answer");
  let part = 0;
  const body = new ReadableStream({
    pull(controller) {
      part += 1;
      if (part <= 3) {
        controller.enqueue(new TextEncoder().encode(`part ${part}\n`));
        return;
      }
      span.end();
      note("body ended");
      controller.close();
    },
  });
  note("handler returned");
  return new Response(body);
});

/** The platform's promise to keep the process until this has settled. */
function waitUntil(promise) {
  promise.then(({ ok }) => note(`flushed ${ok}`));
}
