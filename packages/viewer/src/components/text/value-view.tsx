import { isContainer } from "../../model/json/json-shape.ts";
import type { NamedValue } from "../../model/said/tool-io.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { JsonView } from "./json-view.tsx";
import { PlainText } from "./plain-text.tsx";

/** A value of any shape: text as text, a plain value as a word, the rest as JSON. */
export function ValueView({ value }: { readonly value: unknown }) {
  if (typeof value === "string") return <PlainText text={value} />;
  if (!isContainer(value)) return <span className="mono">{String(value)}</span>;
  return <JsonView value={value} />;
}

/** Arguments or results by name. */
export function NamedValues({ values }: { readonly values: readonly NamedValue[] }) {
  return (
    <dl className="named-values">
      {values.map(({ label, value }) => (
        <div key={label} className="named-value" data-block={isContainer(value)}>
          <dt>
            <bdi>{singleLine(label, 80)}</bdi>
          </dt>
          <dd>
            <ValueView value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
