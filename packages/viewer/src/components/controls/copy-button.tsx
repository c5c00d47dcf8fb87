import { useEffect, useState } from "react";
import { useWholeSpan } from "../../state/run/whole-span.ts";
import { CheckIcon, CopyIcon } from "../marks/icons.tsx";

interface CopyButtonProps {
  /** Called on click, so that large texts are only made when they are wanted. */
  readonly text: () => string;
  /** What is copied, e.g. `trace id`. */
  readonly what: string;
  readonly withLabel?: boolean;
}

/** Copies the original text, with whatever hidden characters it has; where only its beginning is there, the whole of it is loaded first. */
export function CopyButton({ text, what, withLabel = false }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const whole = useWholeSpan();
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => {
    setWaiting(false);
    navigator.clipboard?.writeText(text()).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  useEffect(() => {
    if (!isWaiting) return;
    if (!whole.isCut) copy();
    else if (!whole.isLoading) setWaiting(false);
  });
  const copyWhole = () => {
    setWaiting(true);
    whole.load();
  };
  const label = isCopied ? "Copied" : isWaiting ? "Loading all of it…" : `Copy ${what}`;
  return (
    <button
      type="button"
      className="button ghost small"
      onClick={whole.isCut ? copyWhole : copy}
      title={label}
      aria-label={label}
    >
      {isCopied ? <CheckIcon /> : <CopyIcon />}
      {withLabel && <span>{isCopied ? "Copied" : "Copy"}</span>}
    </button>
  );
}
