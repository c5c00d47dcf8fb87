import { useQuery } from "@tanstack/react-query";
import { listPaths } from "../../api/collector-client.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { LogoIcon } from "../marks/icons.tsx";

const INSTALL = "npm install everspan";

function snippet(origin: string): string {
  return `import { CollectorExporter, Tracer } from "everspan";
const tracer = new Tracer({ exporters: [new CollectorExporter({ url: "${origin}" })] });
await tracer.span("my first agent", { type: "AGENT_WORKFLOW", input: "hello" }, async (span) => {
  span.output = await tracer.span("think", { type: "COMPLETION" }, async () => "hello back");
});
await tracer.shutdown();`;
}

/** Teaches how the first trace gets here: one command, six lines, and the ways for those who have an agent already. */
export function EmptyState({ isReachable }: { readonly isReachable: boolean }) {
  const { origin } = window.location;
  return (
    <div className="state-page wide" data-testid="empty-state">
      <div className="state-mark">
        <LogoIcon />
      </div>
      <h2>Record your first run</h2>
      <p>
        {isReachable
          ? "The collector is listening. This page shows a run the moment it arrives."
          : "The collector does not answer now. Once it is back, this page shows a run the moment it arrives."}
      </p>
      <Step number={1} title="Install" code={INSTALL} />
      <Step number={2} title="Run this" code={snippet(origin)} />
      <OtherWays origin={origin} />
    </div>
  );
}

/** Only what this collector takes is promised: it says so itself. */
function OtherWays({ origin }: { readonly origin: string }) {
  const { data: paths } = useQuery({ queryKey: ["paths"], queryFn: ({ signal }) => listPaths(signal) });
  const takesOtlp = paths?.includes("/v1/traces") === true;
  return (
    <p className="state-hint">
      Already instrumented?{" "}
      {takesOtlp && (
        <>
          Point an OpenTelemetry exporter (OTLP over HTTP) at it: <code>OTEL_EXPORTER_OTLP_ENDPOINT={origin}</code>, or
          set{" "}
        </>
      )}
      {!takesOtlp && "Set "}
      <code>SGP_BASE_URL={origin}</code> for the SGP and Agentex SDKs.
    </p>
  );
}

function Step({ number, title, code }: { readonly number: number; readonly title: string; readonly code: string }) {
  return (
    <section className="code-panel step" aria-label={title}>
      <header className="code-panel-head">
        <span className="step-number">{number}</span>
        <span>{title}</span>
        <CopyButton text={() => code} what={title.toLowerCase()} withLabel />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key */}
      <pre tabIndex={0}>{code}</pre>
    </section>
  );
}

export function NoMatchState({ onClear }: { readonly onClear: () => void }) {
  return (
    <div className="state-page" data-testid="no-match-state">
      <h2>No run matches</h2>
      <p>No run here has all that the filter asks for.</p>
      <button type="button" className="button" onClick={onClear}>
        Clear the filter
      </button>
    </div>
  );
}
