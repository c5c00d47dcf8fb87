import { testRuns } from "../harness/expected-runs.mjs";

testRuns("ai-sdk");
