/** Real things to test against, and the means to break only their edges. */
export { type Browser, type BrowserContext, type ConsoleMessage, launchBrowser, type Page } from "./browser.ts";
export { bundledProgram } from "./bundled-program.ts";
export { type ChildEnd, CrashChild, type CrashChildOptions } from "./crash-child.ts";
export { type ArrivedSpan, type ExporterFixture, exporterContract, type OptOuts } from "./exporter-contract.ts";
export * from "./lives/index.ts";
export { ManualClock } from "./manual-clock.ts";
export { never, RecordingExporter, RecordingLogger } from "./recording-exporter.ts";
export { type Answer, type ReceivedRequest, type ScriptedReply, ScriptedServer } from "./scripted-server.ts";
export { type DiskCall, type DiskFault, SimulatedDisk } from "./simulated-disk.ts";
export * from "./simulator/index.ts";
export * from "./spool/index.ts";
export { watchLedger } from "./watch-ledger.ts";
