/**
 * A program that ends in one of the ways a program can end, with or without the SDK: `ending.mjs HOW [sdk|drain]`.
 * What it prints and how it ends must not depend on the SDK.
 */
const [how, mode] = process.argv.slice(2);

if (how === "handled once, before the SDK") process.once("SIGTERM", closeDatabase);

if (mode !== undefined) {
  const { SgpExporter, Tracer } = await import("everspan");
  const exporter = new SgpExporter({ apiKey: "test-key", accountId: "account", baseUrl: process.env.BACKEND_URL });
  const tracer = new Tracer({ service: { name: "ending" }, exporters: [exporter] });
  if (mode === "drain") {
    const { drainOnExit } = await import("everspan/lifecycle");
    drainOnExit(tracer);
  }
  for (let i = 0; i < 5; i++) tracer.span(`work ${i}`, { input: { i } }, () => i);
}

console.log("working");

/** The application's own way to end, which takes its time. */
async function closeDatabase() {
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log("database closed");
  process.exit(5);
}

switch (how) {
  case "return":
    break;
  case "exit code":
    process.exitCode = 4;
    break;
  case "process.exit":
    process.exit(3);
    break;
  case "uncaught exception":
    setImmediate(() => {
      throw new RangeError("nobody catches this");
    });
    break;
  case "unhandled rejection":
    Promise.reject(new RangeError("nobody handles this"));
    break;
  case "signal":
    setInterval(() => {}, 60_000);
    console.log("ready");
    break;
  case "handled once, before the SDK":
    setInterval(() => {}, 60_000);
    console.log("ready");
    break;
  case "handled once, after the SDK":
    process.once("SIGTERM", closeDatabase);
    setInterval(() => {}, 60_000);
    console.log("ready");
    break;
  case "a package that stands by": {
    // What `signal-exit` does: it acts only where nobody else but its like listens.
    const emitter = { count: 1 };
    globalThis[Symbol.for("signal-exit emitter")] = emitter;
    const onSignal = () => {
      if (process.listeners("SIGTERM").length !== emitter.count) return;
      process.removeListener("SIGTERM", onSignal);
      process.kill(process.pid, "SIGTERM");
    };
    process.on("SIGTERM", onSignal);
    setInterval(() => {}, 60_000);
    console.log("ready");
    break;
  }
  case "handled signal":
    process.on("SIGTERM", () => {
      console.log("handled");
      process.exit(7);
    });
    setInterval(() => {}, 60_000);
    console.log("ready");
    break;
}
