import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Exports run outside every request's context, whichever request happened to fill the batch. Taken when the SDK is
 * loaded: what is loaded later may be loaded within a request.
 */
export const outsideOfRequests = AsyncLocalStorage.snapshot();
