/** Braintrust: `initLogger` with a project, spans by `startSpan`, `logger.flush()` at the end; everything else default. */
import { initLogger } from "braintrust";

export async function open({ url }) {
  process.env.BRAINTRUST_API_URL = url;
  const logger = initLogger({ projectName: "bench", apiKey: "bench", appUrl: url });
  return {
    start: (name, input, parent) => (parent ?? logger).startSpan({ name, type: "llm", event: { input } }),
    end(span, output) {
      span.log({ output });
      span.end();
    },
    close: () => logger.flush(),
  };
}
