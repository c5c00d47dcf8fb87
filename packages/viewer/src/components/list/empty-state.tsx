import { CopyButton } from "../copy-button.tsx";
import { LogoIcon } from "../icons.tsx";

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
export function EmptyState() {
  const { origin } = window.location;
  const code = snippet(origin);
  return (
    <div className="state-page wide" data-testid="empty-state">
      <div className="state-mark">
        <LogoIcon />
      </div>
      <h2>Record your first trace</h2>
      <p>The collector is listening. This page shows a trace the moment it arrives.</p>
      <Step number={1} title="Install" code={INSTALL} />
      <Step number={2} title="Run this" code={code} />
      <p className="state-hint">
        Already instrumented? Point any OpenTelemetry exporter at <code>{origin}</code> (OTLP over HTTP), or set{" "}
        <code>SGP_BASE_URL={origin}</code> for the SGP and Agentex SDKs.
      </p>
    </div>
  );
}

function Step({ number, title, code }: { readonly number: number; readonly title: string; readonly code: string }) {
  return (
    <section className="code-panel step">
      <header className="code-panel-head">
        <span className="step-number">{number}</span>
        <span>{title}</span>
        <CopyButton text={() => code} what={title.toLowerCase()} withLabel />
      </header>
      <pre>{code}</pre>
    </section>
  );
}

export function NoMatchState({ onClear }: { readonly onClear: () => void }) {
  return (
    <div className="state-page" data-testid="no-match-state">
      <h2>No trace matches</h2>
      <p>No trace here has this name, id and status.</p>
      <button type="button" className="button" onClick={onClear}>
        Clear the filters
      </button>
    </div>
  );
}
