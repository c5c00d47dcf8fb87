/** Code of a known language: its words come first, their colours, and what knows of them, when there is time. */
import { lazy, Suspense } from "react";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import { useIdle } from "../../state/browser/idle.ts";
import { FailureFence } from "../frame/failure-fence.tsx";
import type { CodeText } from "./code-text.ts";
import "./highlighted.css";

const CodeColors = lazy(() => import("./code-colors.tsx"));

/** Colours of more than this take longer than anybody wants to wait for them. */
const MAX_LENGTH = 20_000;

export function Highlighted(code: CodeText) {
  const isIdle = useIdle();
  const plain = (
    <pre className="highlighted" aria-busy={true}>
      {exposeHidden(code.text)}
    </pre>
  );
  if (!isIdle) return plain;
  return (
    <FailureFence instead={plain}>
      <Suspense fallback={plain}>
        <CodeColors {...code} />
      </Suspense>
    </FailureFence>
  );
}

export function isHighlightable({ language, text }: CodeText): boolean {
  return language !== "" && text.length <= MAX_LENGTH;
}
