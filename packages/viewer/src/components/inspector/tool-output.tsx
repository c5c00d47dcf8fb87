import type { ToolOutput } from "../../model/said/tool-io.ts";
import { CodePanel } from "../text/code-panel.tsx";
import { NamedValues } from "../text/value-view.tsx";

/** A tool's result: its texts each in a panel, the rest by name. */
export function ToolOutputView({ output }: { readonly output: ToolOutput }) {
  if (output.texts.length === 0 && output.values.length === 0) return <p className="muted">It answered nothing.</p>;
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
