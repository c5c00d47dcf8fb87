import type { StoredSpan } from "@everspan/protocol";
import { unwrapped } from "../../model/conversation/json-shape.ts";
import { CopyButton } from "../copy-button.tsx";
import { ValueView } from "../text/value-view.tsx";

/** What went in and what came out, for spans that are neither a model call nor a tool. */
export function IoTab({ span }: { readonly span: StoredSpan }) {
  return (
    <div className="stack-of-panels">
      <Payload title="Input" value={span.input} />
      <Payload title="Output" value={span.output} />
    </div>
  );
}

function Payload({ title, value }: { readonly title: string; readonly value: unknown }) {
  const shown = unwrapped(value);
  return (
    <section className="section" aria-label={title}>
      <h3 className="section-title">
        {title}
        {typeof shown === "string" && <CopyButton text={() => shown} what={title.toLowerCase()} />}
      </h3>
      {value === undefined ? <p className="muted">Nothing was recorded.</p> : <ValueView value={shown} />}
    </section>
  );
}
