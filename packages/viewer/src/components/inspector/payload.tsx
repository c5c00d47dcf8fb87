/** A payload of any shape under its name, and what was cut of it. */
import { encodeJson, isOmittedPayload } from "@everspan/protocol";
import { useMemo } from "react";
import { unwrapped } from "../../model/json/json-shape.ts";
import { cutsIn } from "../../model/losses/cuts.ts";
import { omittedWords } from "../../model/losses/omitted.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { WarningIcon } from "../marks/icons.tsx";
import { ValueView } from "../text/value-view.tsx";
import styles from "./inspector.module.css";

export function PartTitle({ title, value }: { readonly title: string; readonly value?: unknown }) {
  const shown = unwrapped(value);
  const copied = () => (typeof shown === "string" ? shown : (encodeJson(shown, 2) ?? ""));
  return (
    <h3 className={styles.title}>
      {title}
      {value !== undefined && !isOmittedPayload(value) && <CopyButton text={copied} what={title.toLowerCase()} />}
    </h3>
  );
}

export function Payload({ value, nothing }: { readonly value: unknown; readonly nothing: string }) {
  if (value === undefined) return <p className="muted">{nothing}</p>;
  if (isOmittedPayload(value)) return <p className="muted">{omittedWords(value)}</p>;
  return <ValueView value={unwrapped(value)} />;
}

/** What the SDK shortened is not what the program said: above the payload, with how much. */
export function CutNote({ value }: { readonly value: unknown }) {
  const cuts = useMemo(() => cutsIn(value), [value]);
  if (cuts.length === 0) return null;
  return (
    <p className={styles.cut} data-testid="cut-note">
      <WarningIcon />
      Cut by the SDK: {cuts.join("; ")}
    </p>
  );
}
