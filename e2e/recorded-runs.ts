/** The recorded agent runs, where they lie beside the repository, and a drawn one for tests that must run without them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./collector-process.ts";

const FOLDER = join(ROOT, "../shared/data/trajectories");

export const ABSENT_REASON = "the recorded runs (../shared/data/trajectories) are not on this machine";

export const recordedRuns: readonly string[] = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((name) => name.endsWith(".traj.json"))
      .map((name) => join(FOLDER, name))
  : [];

/** The text of a trajectory whose agent took `steps` steps, each observation of `observationBytes` characters. */
export function drawTrajectory(instanceId: string, steps: number, observationBytes = 2_000): string {
  const messages: object[] = [
    { role: "system", content: "You solve tasks with one shell command at a time." },
    { role: "user", content: "Find the fault and mend it." },
  ];
  for (let step = 1; step <= steps; step++) {
    const usage = { prompt_tokens: 100 * step, completion_tokens: 10, cost: 0.001 };
    const response = {
      id: `${instanceId}-${step}`,
      model: "drawn-1",
      created: 1_700_000_000 + 5 * step,
      usage,
      choices: [],
    };
    const output = `line of step ${step}\n`.repeat(Math.ceil(observationBytes / 16)).slice(0, observationBytes);
    messages.push({
      role: "assistant",
      content: `Step ${step}\n\n\`\`\`bash\nls ${step}\n\`\`\``,
      extra: { response },
    });
    messages.push({ role: "user", content: `<returncode>0</returncode>\n<output>\n${output}</output>` });
  }
  const info = { exit_status: "Submitted", submission: "", mini_version: "1.15.0" };
  return JSON.stringify({ trajectory_format: "mini-swe-agent-1", instance_id: instanceId, info, messages });
}
