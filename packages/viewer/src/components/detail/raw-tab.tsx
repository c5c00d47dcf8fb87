import type { StoredSpan } from "@everspan/protocol";
import { JsonView } from "../text/json-view.tsx";

export function RawTab({ span }: { readonly span: StoredSpan }) {
  return <JsonView value={span} isFullHeight />;
}

export function DataTab({ span }: { readonly span: StoredSpan }) {
  return <JsonView value={span.data} isFullHeight />;
}
