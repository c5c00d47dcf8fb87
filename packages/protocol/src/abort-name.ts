/** The name of an error by which an operation says that somebody stopped it: the platform's, or one of the model clients, HTTP clients and workflows. */
export const ABORT_NAME = /^(?:(?:Abort|APIUserAbort|Cancell?ed)Error|CancelledFailure|ResponseAborted)$/;
