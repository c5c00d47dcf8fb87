/**
 * A small script of its own, and the first to run: what this address begins with is asked for while the rest of the
 * viewer is on its way.
 */
import { followTokenInAddress } from "./api/access-token.ts";
import { askEarly, isRunAddress } from "./api/early-answer.ts";

askEarly();
followTokenInAddress();
// Of a run's page no part waits for another.
if (isRunAddress(window.location.pathname)) {
  void import("./pages/trace-page.tsx").catch(() => {});
  // Where nothing is read but names and times, Markdown would be in their way.
  if (!/[?&]view=(?:timeline|table)\b/.test(window.location.search)) {
    void import("./components/text/markdown.tsx").catch(() => {});
  }
}
