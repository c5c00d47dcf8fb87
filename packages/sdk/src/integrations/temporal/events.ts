/** What Temporal (`@temporalio/worker` and `@temporalio/client`, 1.x) hands over, typed by its shape: nothing is imported. */
export interface ActivityInfo {
  readonly activityId: string;
  readonly activityType: string;
  readonly attempt: number;
  readonly taskQueue?: string;
  readonly workflowType?: string | undefined;
  readonly workflowExecution?: { readonly workflowId: string; readonly runId: string } | undefined;
}

export interface WorkflowInfo {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly attempt: number;
  readonly startTime: Date;
  readonly runStartTime?: Date;
}
