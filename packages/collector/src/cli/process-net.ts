/**
 * The last net of the process. What reaches it is a bug; it is logged and counted, and the process goes on only where
 * nothing can be left half done: a connection that broke, or a promise that nobody awaited. After any other error the
 * collector stops in order, so that what was answered with 2xx is safe, and says by its exit code that it failed.
 */
import type { Logger } from "../logger.ts";

/** Errors of the system on a connection: no code of the collector's was interrupted by them. */
const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
  "ETIMEDOUT",
  "ENOTCONN",
]);

export interface ProcessNet {
  /** Errors that were caught here. */
  readonly caught: number;
  remove(): void;
}

/** @param stop ends the collector; called once, after an error that is not safe to go on from */
export function spreadProcessNet(logger: Logger, stop: () => void, target: NodeJS.Process = process): ProcessNet {
  const net = { caught: 0, isStopping: false };
  const onException = (error: unknown): void => {
    net.caught += 1;
    logger.error(`unexpected: ${describe(error)}`);
    if (isConnectionError(error) || net.isStopping) return;
    net.isStopping = true;
    stop();
  };
  const onRejection = (error: unknown): void => {
    net.caught += 1;
    logger.error(`a promise was rejected and nobody awaited it: ${describe(error)}`);
  };
  target.on("uncaughtException", onException);
  target.on("unhandledRejection", onRejection);
  return {
    get caught() {
      return net.caught;
    },
    remove: () => {
      target.off("uncaughtException", onException);
      target.off("unhandledRejection", onRejection);
    },
  };
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && CONNECTION_ERRORS.has((error as NodeJS.ErrnoException).code ?? "");
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
