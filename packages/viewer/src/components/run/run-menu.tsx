/** What else can be done with a run: its link, its id, its data, on paper. */
import { encodeJson } from "@everspan/protocol";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { exportTrace, listPaths } from "../../api/collector-client.ts";
import type { RunSummary } from "../../api/run-summary.ts";
import { runMarkdown } from "../../model/story/run-markdown.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { saveFile, saveText } from "../../state/browser/save-text.ts";
import { type LoadedTrace, traceKey } from "../../state/data/use-trace.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { ExportIcon, MoreIcon, PrintIcon } from "../marks/icons.tsx";
import styles from "./run-menu.module.css";

/** What the collector writes, whole payloads and all. */
const FORMATS = [
  { format: "native", words: "JSON lines", extension: "jsonl" },
  { format: "otlp", words: "OTLP", extension: "otlp.jsonl" },
  { format: "markdown", words: "Markdown", extension: "md" },
  { format: "chat", words: "Conversations for training", extension: "chat.jsonl" },
] as const;
const EXPORT_PATH = "/api/traces/{traceId}/export";

export function RunMenu({ run }: { readonly run: RunSummary }) {
  // Asked of the collector when somebody is about to look.
  const [isWanted, setWanted] = useState(false);
  const want = () => setWanted(true);
  const { data: paths, isPending } = useQuery({
    queryKey: ["paths"],
    queryFn: ({ signal }) => listPaths(signal),
    enabled: isWanted,
  });
  return (
    <>
      <button
        type="button"
        className="button ghost"
        popoverTarget="run-menu"
        onPointerEnter={want}
        onFocus={want}
        onClick={want}
        aria-label="More"
        title="Copy, export, print"
      >
        <MoreIcon />
      </button>
      <div id="run-menu" popover="auto" className={styles.menu}>
        <div className={styles.line}>
          <span>Link</span>
          <CopyButton text={() => window.location.href} what="the link" withLabel />
        </div>
        <div className={styles.line}>
          <bdi className="mono">{singleLine(run.traceId, 40)}</bdi>
          <CopyButton text={() => run.traceId} what="trace id" withLabel />
        </div>
        {paths?.includes(EXPORT_PATH) === true && <Exports traceId={run.traceId} />}
        {!isPending && paths?.includes(EXPORT_PATH) !== true && <WhatIsLoaded run={run} />}
        <button type="button" className={styles.line} onClick={() => window.print()}>
          <span>Print</span>
          <PrintIcon />
        </button>
      </div>
    </>
  );
}

function Exports({ traceId }: { readonly traceId: string }) {
  const [failure, setFailure] = useState<string | null>(null);
  const save = (format: string, extension: string) => {
    setFailure(null);
    exportTrace(traceId, format, AbortSignal.timeout(10 * 60_000)).then(
      (file) => saveFile(`${traceId}.${extension}`, file),
      (cause: Error) => setFailure(cause.message),
    );
  };
  return (
    <>
      {FORMATS.map(({ format, words, extension }) => (
        <SaveButton key={format} words={words} onSave={() => save(format, extension)} />
      ))}
      {failure !== null && (
        <p className={styles.line} role="alert">
          It can't be saved: {failure}
        </p>
      )}
    </>
  );
}

/** With a collector that exports nothing: what this page has of the run. */
function WhatIsLoaded({ run }: { readonly run: RunSummary }) {
  const client = useQueryClient();
  const loaded = () => client.getQueryData<LoadedTrace>(traceKey(run.traceId));
  const saveJson = () =>
    saveText(`${run.traceId}.json`, "application/json", encodeJson({ trace: run, spans: loaded()?.spans }, 2));
  const saveMarkdown = () => {
    const trace = loaded();
    if (trace !== undefined) saveText(`${run.traceId}.md`, "text/markdown", runMarkdown(run, trace.tree));
  };
  return (
    <>
      <SaveButton words="JSON" onSave={saveJson} />
      <SaveButton words="Markdown" onSave={saveMarkdown} />
    </>
  );
}

function SaveButton({ words, onSave }: { readonly words: string; readonly onSave: () => void }) {
  return (
    <button type="button" className={styles.line} onClick={onSave}>
      <span>Save as {words}</span>
      <ExportIcon />
    </button>
  );
}
