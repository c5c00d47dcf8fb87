/** What else can be done with a run: its link, its id, its data, on paper. */
import { encodeJson } from "@everspan/protocol";
import { useQueryClient } from "@tanstack/react-query";
import type { RunSummary } from "../../api/run-summary.ts";
import { runMarkdown } from "../../model/story/run-markdown.ts";
import { saveText } from "../../state/browser/save-text.ts";
import { type LoadedTrace, traceKey } from "../../state/data/use-trace.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { ExportIcon, MoreIcon, PrintIcon } from "../marks/icons.tsx";
import styles from "./run-menu.module.css";

export function RunMenu({ run }: { readonly run: RunSummary }) {
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
      <button
        type="button"
        className="button ghost"
        popoverTarget="run-menu"
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
          <bdi className="mono">{run.traceId.slice(0, 40)}</bdi>
          <CopyButton text={() => run.traceId} what="trace id" withLabel />
        </div>
        <button type="button" className={styles.line} onClick={saveJson}>
          <span>Save as JSON</span>
          <ExportIcon />
        </button>
        <button type="button" className={styles.line} onClick={saveMarkdown}>
          <span>Save as Markdown</span>
          <ExportIcon />
        </button>
        <button type="button" className={styles.line} onClick={() => window.print()}>
          <span>Print</span>
          <PrintIcon />
        </button>
      </div>
    </>
  );
}
