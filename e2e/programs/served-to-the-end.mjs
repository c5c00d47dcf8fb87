/** A server that is told to end while it serves: the request's spans end while the application closes. */
import { SgpExporter, Tracer } from "everspan";
import { drainOnExit } from "everspan/lifecycle";

const exporter = new SgpExporter({ apiKey: "test-key", accountId: "account", baseUrl: process.env.BACKEND_URL });
const tracer = new Tracer({ exporters: [exporter] });
drainOnExit(tracer);

let answer = () => {};
const turn = tracer.span("turn", async () => {
  await tracer.span(
    "llm",
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  return "answer";
});
process.on("SIGTERM", async () => {
  answer();
  await turn;
  await tracer.flush();
  const { dropped } = tracer.stats().lanes.sgp;
  console.log(`dropped ${dropped.shutdown}`);
  process.exit(0);
});
setInterval(() => {}, 60_000);
console.log("ready");
