/**
 * The clients of `observed-call.mjs`: what each tracer's wrapper makes of one, sending by its defaults to a back end at
 * `url`. `flush` waits until everything that was recorded has been sent.
 */
import { createRequire } from "node:module";
import OpenAI from "openai";

const dist = (name) => import(new URL(`../../packages/sdk/dist/${name}.js`, import.meta.url));

async function everspan(make, exporterOf) {
  const [everspanPackage, { observe }] = await Promise.all([dist("index"), dist("openai")]);
  const exporter = exporterOf(everspanPackage);
  const tracer = new everspanPackage.Tracer({ exporters: [exporter] });
  const flush = async () => {
    await tracer.flush();
    exporter.reset?.();
  };
  return { client: observe(make(OpenAI), { tracer }), flush };
}

const VARIANTS = {
  bare: async ({ make }) => ({ client: make(OpenAI), flush: async () => {} }),
  Everspan: ({ make, url }) =>
    everspan(make, ({ SgpExporter }) => new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl: url })),
  "Everspan, kept in memory": ({ make }) => everspan(make, ({ MemoryExporter }) => new MemoryExporter()),
  async Langfuse({ make, url }) {
    const [{ observeOpenAI }, { LangfuseSpanProcessor }, { NodeTracerProvider }] = await Promise.all([
      import("@langfuse/openai"),
      import("@langfuse/otel"),
      import("@opentelemetry/sdk-trace-node"),
    ]);
    const keys = { publicKey: "pk-lf-bench", secretKey: "sk-lf-bench", baseUrl: url };
    const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor(keys)] });
    provider.register();
    return { client: observeOpenAI(make(OpenAI)), flush: () => provider.forceFlush() };
  },
  async LangSmith({ make, url }) {
    process.env.LANGSMITH_TRACING = "true";
    const [{ Client }, { wrapOpenAI }] = await Promise.all([import("langsmith"), import("langsmith/wrappers")]);
    const sender = new Client({ apiUrl: url, apiKey: "bench" });
    const client = wrapOpenAI(make(OpenAI), { client: sender, project_name: "bench" });
    return { client, flush: () => sender.awaitPendingTraceBatches() };
  },
  async Braintrust({ make, url }) {
    process.env.BRAINTRUST_API_URL = url;
    const { initLogger, wrapOpenAI } = await import("braintrust");
    const logger = initLogger({ projectName: "bench", apiKey: "bench", appUrl: url });
    return { client: wrapOpenAI(make(OpenAI)), flush: () => logger.flush() };
  },
  /** It changes the class, so it has a copy of the client's package of its own. */
  async OpenInference({ make, url }) {
    const [{ OpenAIInstrumentation }, { OTLPTraceExporter }, { BatchSpanProcessor }, { NodeTracerProvider }] =
      await Promise.all([
        import("@arizeai/openinference-instrumentation-openai"),
        import("@opentelemetry/exporter-trace-otlp-proto"),
        import("@opentelemetry/sdk-trace-base"),
        import("@opentelemetry/sdk-trace-node"),
      ]);
    const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` }))];
    const provider = new NodeTracerProvider({ spanProcessors });
    provider.register();
    const Copy = createRequire(import.meta.url)("openai").OpenAI;
    new OpenAIInstrumentation({ tracerProvider: provider }).manuallyInstrument(Copy);
    return { client: make(Copy), flush: () => provider.forceFlush() };
  },
};

export const NAMES = Object.keys(VARIANTS);

/** @param make makes a client of the class */
export const observedClient = (name, make, url) => VARIANTS[name]({ make, url });
export const bareClient = (make) => make(OpenAI);
