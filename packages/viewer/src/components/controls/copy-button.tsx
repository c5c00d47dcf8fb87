import { useEffect, useState } from "react";
import { CheckIcon, CopyIcon } from "../marks/icons.tsx";

interface CopyButtonProps {
  /** Called on click, so that large texts are only made when they are wanted. */
  readonly text: () => string;
  /** What is copied, e.g. `trace id`. */
  readonly what: string;
  readonly withLabel?: boolean;
}

/** Copies the original text, with whatever hidden characters it has. */
export function CopyButton({ text, what, withLabel = false }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => {
    navigator.clipboard?.writeText(text()).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  const label = isCopied ? "Copied" : `Copy ${what}`;
  return (
    <button type="button" className="button ghost small" onClick={copy} title={label} aria-label={label}>
      {isCopied ? <CheckIcon /> : <CopyIcon />}
      {withLabel && <span>{isCopied ? "Copied" : "Copy"}</span>}
    </button>
  );
}
