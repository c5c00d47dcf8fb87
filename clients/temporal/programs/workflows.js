import { ApplicationFailure, continueAsNew, executeChild, proxyActivities, sleep, uuid4 } from "@temporalio/workflow";

const { look } = proxyActivities({ startToCloseTimeout: "1 minute" });

export async function whole(city) {
  const found = await look(city);
  await sleep("1 hour");
  return { found, id: uuid4() };
}

export async function branches() {
  return Promise.all(["a", "b"].map((city) => look(city)));
}

export async function failing() {
  throw ApplicationFailure.nonRetryable("no workflow today");
}

export async function broken() {
  throw new TypeError("a fault of the code");
}

export async function again(times) {
  if (times > 0) await continueAsNew(times - 1);
  return "done";
}

export async function waiting() {
  await sleep("1 day");
}

export async function parent() {
  return executeChild(whole, { args: ["Chur"], workflowId: "child-1" });
}
