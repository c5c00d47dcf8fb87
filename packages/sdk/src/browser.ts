/**
 * What a bundler for browsers gets in the place of `everspan`: a refusal that says why. A page has no place for a back
 * end's key, no context that follows its promises, and closes without asking. Trace what the page calls, on the server.
 *
 * Importing it does no harm, so that a module which both sides share still loads in the page.
 */
import { EverspanError } from "@everspan/protocol";

export { EverspanError, SPAN_TYPES } from "@everspan/protocol";

/** @throws EverspanError `EVERSPAN_UNSUPPORTED_RUNTIME`: always */
function refuse(): never {
  throw new EverspanError(
    "EVERSPAN_UNSUPPORTED_RUNTIME",
    "everspan: expected a server's runtime (Node.js, Bun, Deno, Workers, edge functions), got a browser's bundle",
  );
}

export {
  refuse as AgentexExporter,
  refuse as CollectorExporter,
  refuse as ConsoleExporter,
  refuse as defaultTracer,
  refuse as FileExporter,
  refuse as fromProcessor,
  refuse as MemoryExporter,
  refuse as OtlpExporter,
  refuse as readSpoolAccounts,
  refuse as Secret,
  refuse as SgpExporter,
  refuse as setDefaultTracer,
  refuse as Tracer,
  refuse as TransportError,
  refuse as traced,
  refuse as tracerFromEnv,
};
