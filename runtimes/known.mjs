/**
 * What a runtime can't do, by the test that says so: `file: { "part of the test's name": reason }`; `"*"` is the file
 * as a whole, which is not run there. The whole form fails for what fails and does not stand here, and for what
 * stands here and passes.
 */
const CHILD_PROGRAMS = "its child programs are TypeScript that Node runs by tsx, which Deno does not load";
const WORKER = "its worker threads run TypeScript by tsx, which only Node loads";
const REUSED = "Deno's node:http does not say that a connection was used before: a stale one costs a retry of the lane";
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
    "delivery/disk/workers.test.ts": { "*": WORKER },
    "transport/http-transport.test.ts": { "C3 an answer that lies in the kernel": LATE },
  },
  deno: {
    "spool/processes.test.ts": { "*": CHILD_PROGRAMS },
    "recording/span/open-spans.test.ts": { "*": CHILD_PROGRAMS },
    "delivery/process-end.test.ts": { "*": CHILD_PROGRAMS },
    "processors/tail-ending.test.ts": { "*": CHILD_PROGRAMS },
    "integrations/lifecycle/dead-back-end.test.ts": { "*": CHILD_PROGRAMS },
    "delivery/disk/workers.test.ts": { "*": WORKER },
    "delivery/disk/disk-away.test.ts": { "survive a kill after that": CHILD_PROGRAMS },
    "capture/retention.test.ts": { "of equal large strings one copy is held": CHILD_PROGRAMS },
    "transport/http-transport.test.ts": {
      "that are idle don't keep the process alive": CHILD_PROGRAMS,
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
