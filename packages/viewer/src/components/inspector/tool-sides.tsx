import type { StoredSpan } from "@everspan/protocol";
import { useMemo } from "react";
import { mayStillEnd, spanLiveness } from "../../model/liveness.ts";
import { readToolInput, readToolOutput, type ToolOutput } from "../../model/tool-io.ts";
import { CodePanel, ReturnCode } from "../text/code-panel.tsx";
import { NamedValues } from "../text/value-view.tsx";

/** A tool call: what was run with which arguments, and what came of it. */
export function ToolTab({ span }: { readonly span: StoredSpan }) {
  const input = useMemo(() => readToolInput(span.input), [span.input]);
  const output = useMemo(() => readToolOutput(span.output), [span.output]);
  const hasInput = input.command !== undefined || input.arguments.length > 0;
  return (
    <div className="stack-of-panels">
      <section className="section" aria-label="Arguments">
        <h3 className="section-title">Arguments</h3>
        {input.command !== undefined && <CodePanel label={input.command.label} text={input.command.value} />}
        {input.arguments.length > 0 && <NamedValues values={input.arguments} />}
        {!hasInput && <p className="muted">No arguments.</p>}
      </section>
      <section className="section" aria-label="Result">
        <h3 className="section-title">
          Result
          {output.returnCode !== undefined && <ReturnCode code={output.returnCode} />}
        </h3>
        <ToolResult output={output} isRunning={mayStillEnd(spanLiveness(span))} />
      </section>
    </div>
  );
}

function ToolResult({ output, isRunning }: { readonly output: ToolOutput; readonly isRunning: boolean }) {
  if (output.texts.length === 0 && output.values.length === 0) {
    return <p className="muted">{isRunning ? "Still running." : "No output."}</p>;
  }
  return (
    <>
      {output.texts.map(({ label, value }) => (
        <CodePanel
          key={label}
          label={label.replaceAll("_", " ")}
          text={value}
          isError={label === "stderr" || label === "error"}
        />
      ))}
      {output.values.length > 0 && <NamedValues values={output.values} />}
    </>
  );
}
