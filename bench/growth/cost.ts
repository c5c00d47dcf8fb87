/** What a conversation of so many steps costs, and who is asked. */

/** `undefined` where the subject has no such thing. */
export interface Cost {
  readonly recordMs: number;
  readonly queueBytes: number;
  readonly spoolBytes: number | undefined;
  /** In a burst: the lane has as many requests under way as it may. */
  readonly wireBytes: number | undefined;
  /** When each step waits until the one before has arrived, as an agent's steps wait for its model. */
  readonly pacedWireBytes: number | undefined;
}

export interface Subject {
  readonly name: string;
  /** The most steps that it survives. Default: any. */
  readonly mostSteps?: number;
  cost(steps: number): Promise<Cost>;
}
