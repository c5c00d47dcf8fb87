/**
 * What Lambda's own Node.js runtime does in a function's process: asks for the next invocation, runs the handler, posts the
 * answer, whole or streamed, and asks again. The event `{ "account": true }` is answered by the function's tracer.
 */
import { Agent, request } from "node:http";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const INVOCATION = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new Agent({ keepAlive: true });

globalThis.awslambda = { streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: "response" }) };
const functions = await import(process.env.FUNCTION_FILE);

function open(method, path, headers) {
  const outgoing = request(`${INVOCATION}/${path}`, { method, agent, headers });
  const answered = new Promise((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      resolve({ headers: response.headers, body });
    });
  });
  return { outgoing, answered };
}

async function post(path, value, headers) {
  const { outgoing, answered } = open("POST", path, headers);
  outgoing.end(JSON.stringify(value) ?? "null");
  await answered;
}

async function invoke(handler, id, event, context) {
  if (handler[STREAMING] === undefined) return post(`${id}/response`, await handler(event, context));
  const { outgoing, answered } = open("POST", `${id}/response`, {
    "lambda-runtime-function-response-mode": "streaming",
  });
  await handler(event, outgoing, context);
  outgoing.end();
  await answered;
}

for (;;) {
  const { outgoing, answered } = open("GET", "next");
  outgoing.end();
  const { headers, body } = await answered;
  const id = headers["lambda-runtime-aws-request-id"];
  const endsAt = Number(headers["lambda-runtime-deadline-ms"]);
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => endsAt - Date.now() };
  const { handler, ...event } = JSON.parse(body);
  try {
    if (event.account) await post(`${id}/response`, functions.tracer.stats());
    else await invoke(functions[handler], id, event, context);
  } catch (error) {
    await post(`${id}/error`, { errorType: error.name, errorMessage: error.message });
  }
}
