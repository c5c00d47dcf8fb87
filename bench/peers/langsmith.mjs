/**
 * LangSmith: RunTrees with `postRun` and `patchRun`, in the background as `traceable` does it, batched by the client's
 * defaults; `awaitPendingTraceBatches` at the end.
 */
import { Client, RunTree } from "langsmith";

export async function open({ url }) {
  process.env.LANGSMITH_TRACING = "true";
  const client = new Client({ apiUrl: url, apiKey: "bench" });
  const background = new Set();
  const inBackground = (promise) => {
    const settled = promise.catch(() => {}).finally(() => background.delete(settled));
    background.add(settled);
  };
  return {
    start(name, input, parent) {
      const about = { name, run_type: "llm", inputs: input };
      const run =
        parent === undefined
          ? new RunTree({ ...about, client, project_name: "bench", tracingEnabled: true })
          : parent.createChild(about);
      inBackground(run.postRun());
      return run;
    },
    end(run, output) {
      inBackground(run.end(output).then(() => run.patchRun()));
    },
    async close() {
      while (background.size > 0) await Promise.all(background);
      await client.awaitPendingTraceBatches();
    },
  };
}
