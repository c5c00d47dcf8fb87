/**
 * Langfuse v5, as its documentation says: a LangfuseSpanProcessor on a NodeTracerProvider, observations by
 * `startObservation`; batches of 512 or 5 s and gzip are its defaults. `forceFlush` before the end.
 */
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export async function open({ url }) {
  const processor = new LangfuseSpanProcessor({ publicKey: "pk-lf-bench", secretKey: "sk-lf-bench", baseUrl: url });
  const provider = new NodeTracerProvider({ spanProcessors: [processor] });
  provider.register();
  return {
    start: (name, input, parent) =>
      parent === undefined
        ? startObservation(name, { input }, { asType: "generation" })
        : parent.startObservation(name, { input }, { asType: "generation" }),
    end(observation, output) {
      observation.update({ output }).end();
    },
    async close() {
      await processor.forceFlush();
      await provider.shutdown();
    },
  };
}
