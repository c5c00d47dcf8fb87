/** What a workflow's run says of itself at its end: plain data, since it leaves the sandbox as a copy. */
export interface RunEnd {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string | undefined;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly state?: string | undefined;
  readonly isCanceled?: boolean | undefined;
  readonly error?:
    | { readonly name?: string; readonly message: string; readonly stack?: string | undefined }
    | undefined;
  /** Not the run has ended but a task of it has failed, after so many events. */
  readonly failedTask?: number | undefined;
}
