/**
 * What each captured body must read to, span by span. A model call names the recorded exchange whose provider's own
 * words it must equal; where a convention cannot say something, the difference stands with its reason.
 */
import { aiSdkBodies } from "./expected-ai-sdk.ts";
import { LANGFUSE } from "./expected-langfuse.ts";
import { OPENINFERENCE } from "./expected-openinference.ts";
import { mastra, openTelemetry } from "./expected-others.ts";
import type { ExpectedTraces } from "./expected-span.ts";
import { TRACELOOP } from "./expected-traceloop.ts";

/** `sumCall`: the id that the provider gave the call of the calculator. */
export function expectedBodies({ sumCall }: { readonly sumCall: string }): ExpectedTraces {
  return {
    ...LANGFUSE,
    ...OPENINFERENCE,
    ...TRACELOOP,
    ...aiSdkBodies("", "", sumCall),
    ...aiSdkBodies("-openinference-vercel", " my-fn", sumCall),
    "mastra-agent-tool": mastra(sumCall),
    "otel-plain-http-json": openTelemetry(),
    "otel-plain-http-proto": openTelemetry(),
  };
}
