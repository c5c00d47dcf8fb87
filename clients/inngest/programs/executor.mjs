/** What Inngest's server does with a run: calls its function, keeps what steps came to, calls again, until it has ended. */
let runs = 0;

/** A ULID whose time is 2026-01-01T00:00:00Z. */
function nextRunId() {
  runs += 1;
  return `01KDVDNA00${String(runs).padStart(16, "0")}`;
}

/**
 * @param urls of the processes that serve the function, asked in turn
 * @param tell hears of each request and what came of it
 * @returns the run's status and result
 */
export async function play(urls, fnId, data, tell) {
  const runId = nextRunId();
  const event = { id: `event-${runId}`, name: "asked", data, ts: 1_767_225_600_000 };
  const steps = {};
  const stack = [];
  let attempt = 0;
  const planned = [];
  for (let turn = 0; turn < 30; turn += 1) {
    const stepId = planned.shift() ?? "step";
    const ctx = {
      run_id: runId,
      attempt,
      max_attempts: 3,
      fn_id: fnId,
      stack: { stack: [...stack], current: stack.length },
      disable_immediate_execution: false,
      use_api: false,
    };
    const response = await fetch(`${urls[turn % urls.length]}?fnId=${fnId}&stepId=${stepId}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ event, events: [event], steps, ctx, version: 2 }),
    });
    const body = JSON.parse(await response.text());
    const { status } = response;
    tell({ stepId, attempt, status, body: comparable(body), noRetry: response.headers.get("x-inngest-no-retry") });
    if (status === 200) return { status, result: body };
    if (status !== 206) {
      if (response.headers.get("x-inngest-no-retry") === "true" || attempt === 2)
        return { status, error: body.message };
      attempt += 1;
      continue;
    }
    attempt = 0;
    for (const op of body) {
      if (op.op === "StepPlanned") planned.push(op.id);
      else if (op.op === "StepError") attempt = 1;
      else {
        steps[op.id] = resultOf(op);
        if (!stack.includes(op.id)) stack.push(op.id);
      }
    }
  }
  throw new Error(`${fnId} did not end`);
}

function resultOf({ op, data, error }) {
  if (op === "StepFailed") return { type: "error", error };
  if (op === "WaitForEvent") return { type: "data", data: null };
  // The server runs the other function, and brings what it came to.
  if (op === "InvokeFunction") return { type: "data", data: "of another" };
  return { type: "data", data: data ?? null };
}

/** Times and stacks are no difference. */
function comparable(body) {
  const plain = (key, value) => (key === "timing" || key === "stack" ? undefined : value);
  return JSON.parse(JSON.stringify(body, plain));
}
