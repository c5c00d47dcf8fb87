/** The conversation that grows. */
import { setImmediate as nextTurn } from "node:timers/promises";

const OBSERVATION_BYTES = 1_500;

/** An agent's steps: the history grows by a reply and an observation, and is sent whole. @returns the time of recording */
export async function converse(
  steps: number,
  record: (messages: object[], reply: object) => void,
  afterStep?: () => Promise<unknown>,
): Promise<number> {
  const messages: object[] = [{ role: "system", content: "You solve tasks with one command at a time. ".repeat(100) }];
  let recordMs = 0;
  for (let step = 0; step < steps; step++) {
    const reply = { role: "assistant", content: `Step ${step}: ls ${step}` };
    const startedMs = performance.now();
    record(messages, reply);
    recordMs += performance.now() - startedMs;
    messages.push(reply, { role: "user", content: `${step} ${"of what was seen ".repeat(OBSERVATION_BYTES / 17)}` });
    if (afterStep !== undefined) await afterStep();
    else if (step % 10 === 9) await nextTurn();
  }
  return recordMs;
}
