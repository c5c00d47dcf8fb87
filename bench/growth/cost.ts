/** What a conversation of so many steps costs, and who is asked. */

/** `undefined` where the subject has no such thing. */
export interface Cost {
  readonly recordMs: number;
  readonly queueBytes: number;
  readonly spoolBytes: number | undefined;
  readonly wireBytes: number | undefined;
}

export interface Subject {
  readonly name: string;
  /** The most steps that it survives. Default: any. */
  readonly mostSteps?: number;
  cost(steps: number): Promise<Cost>;
}
