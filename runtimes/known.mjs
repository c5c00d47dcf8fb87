/**
 * What a runtime can't do, by the test that says so: `file: { "part of the test's name": reason }`; `"*"` is the file
 * as a whole, which is not run there. The whole form fails for what fails and does not stand here, and for what
 * stands here and passes.
 */
const NODE_FLAGS = "its child program is started by flags of Node";
const REUSED = "Deno's node:http does not say that a connection was used before: a stale one costs a retry of the lane";
const BUILTIN = "what was imported of a built-in module can't be replaced for a test there";
const LATE =
  "a turn of setImmediate reads nothing there: a deadline that fires late is a timeout, and the lane retries";

export const KNOWN = {
  bun: {
    "spool/processes.test.ts": { "*": "not measured: 30 kills of child programs" },
    "recording/span/open-spans.test.ts": { "*": "measures V8's heap by its own flags" },
    "recording/following/unchanged.test.ts": {
      "its stack names who awaits":
        "JavaScriptCore follows a promise to who awaits it, but not through one derived from it",
    },
    "transport/http-transport.test.ts": { "C3 an answer that lies in the kernel": LATE },
    "spool/disk/node-spool-fs.test.ts": { "where a directory can't be synced": BUILTIN },
    "integrations/register/process-tracer.test.ts": {
      "each served request in which something is recorded":
        "node:http tells no diagnostics channel of its requests there",
    },
  },
  deno: {
    "spool/processes.test.ts": { "*": "not measured: 30 kills of child programs" },
    "recording/span/open-spans.test.ts": { "*": "measures V8's heap by Node's flags" },
    "spool/disk/node-spool-fs.test.ts": { "where a directory can't be synced": BUILTIN },
    "capture/retention.test.ts": { "of equal large strings one copy is held": NODE_FLAGS },
    "protocol/src/head-of.test.ts": { "does not keep the text in memory": NODE_FLAGS },
    "transport/http-transport.test.ts": {
      "that are idle don't keep the process alive": NODE_FLAGS,
      "W4 a server that stopped after it took the request": "the closed connection is still counted a moment later",
      "costs one immediate retry on a new one": REUSED,
      "W6 a kept connection that breaks within": "a second request arrives there; on whose part was not looked into",
      "W5 however the second sending ends": REUSED,
      "C3 an answer that lies in the kernel": LATE,
    },
    "exporters/collector/producer.test.ts": {
      "one heartbeat each 10 s": "a heartbeat more than on Node; not explained",
      "a back end that takes no heartbeats lets them hang": "does not end there; not explained",
    },
  },
};

/** Entries that are imported there and have nothing to tell. */
export const SILENT = {
  bun: { undici: "its `fetch` tells no diagnostics channel of its requests" },
  deno: { undici: "its `fetch` tells no diagnostics channel of its requests" },
};
