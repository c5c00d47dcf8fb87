/** A history as Temporal's server keeps it, of a workflow that asks for two activities and returns what they say. */
import proto from "@temporalio/proto";

const at = (seconds) => ({ seconds: Date.UTC(2026, 0, 1) / 1000 + seconds });
const lasting = (seconds) => ({ seconds });
const json = (value) => ({
  metadata: { encoding: Buffer.from("json/plain").toString("base64") },
  data: Buffer.from(JSON.stringify(value)).toString("base64"),
});
const taskQueue = { name: "queue", kind: "TASK_QUEUE_KIND_NORMAL" };

export function historyOf(type) {
  const events = [];
  const add = (eventType, attributes) => {
    const [first, ...rest] = eventType.toLowerCase().split("_");
    const name = first + rest.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
    events.push({
      eventId: String(events.length + 1),
      eventTime: at(events.length),
      eventType: `EVENT_TYPE_${eventType}`,
      [`${name}EventAttributes`]: attributes,
    });
    return String(events.length);
  };
  const task = () => {
    const scheduledEventId = add("WORKFLOW_TASK_SCHEDULED", {
      taskQueue,
      startToCloseTimeout: lasting(10),
      attempt: 1,
    });
    const startedEventId = add("WORKFLOW_TASK_STARTED", { scheduledEventId, identity: "w", requestId: "r" });
    return add("WORKFLOW_TASK_COMPLETED", { scheduledEventId, startedEventId, identity: "w" });
  };
  add("WORKFLOW_EXECUTION_STARTED", {
    workflowType: { name: type },
    taskQueue,
    workflowTaskTimeout: lasting(10),
    originalExecutionRunId: "00000000-0000-4000-8000-000000000001",
    firstExecutionRunId: "00000000-0000-4000-8000-000000000001",
    attempt: 1,
    identity: "w",
  });
  const completed = task();
  const scheduled = ["1", "2"].map((activityId) =>
    add("ACTIVITY_TASK_SCHEDULED", {
      activityId,
      activityType: { name: "look" },
      taskQueue,
      startToCloseTimeout: lasting(60),
      workflowTaskCompletedEventId: completed,
    }),
  );
  for (const scheduledEventId of scheduled) {
    const startedEventId = add("ACTIVITY_TASK_STARTED", {
      scheduledEventId,
      identity: "w",
      requestId: "r",
      attempt: 1,
    });
    add("ACTIVITY_TASK_COMPLETED", {
      scheduledEventId,
      startedEventId,
      identity: "w",
      result: { payloads: [json("x")] },
    });
  }
  const workflowTaskCompletedEventId = task();
  add("WORKFLOW_EXECUTION_COMPLETED", { workflowTaskCompletedEventId, result: { payloads: [json(["x", "x"])] } });
  return proto.temporal.api.history.v1.History.fromObject({ events });
}
