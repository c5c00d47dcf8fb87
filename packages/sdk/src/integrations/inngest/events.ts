/** What Inngest (package `inngest`, 4.x) hands a middleware, typed by its shape: it is not imported. */
export interface InngestContext {
  readonly runId: string;
  /** 0 for the first. */
  readonly attempt: number;
  readonly event?: { readonly name?: string };
  readonly events?: readonly unknown[];
}

export interface InngestFunction {
  readonly opts?: { readonly id?: string; readonly name?: string };
}

export interface InngestStep {
  readonly hashedId: string;
  readonly input?: readonly unknown[] | undefined;
  readonly options: { readonly id: string; readonly name?: string | undefined };
  readonly stepType: string;
}

export interface RunArguments {
  readonly ctx: InngestContext;
  readonly fn: InngestFunction;
}

export interface HandlerArguments extends RunArguments {
  readonly next: () => Promise<unknown>;
}

export interface StepArguments extends HandlerArguments {
  readonly stepInfo: InngestStep;
}

export interface CompleteArguments extends RunArguments {
  readonly output: unknown;
}

export interface ErrorArguments extends RunArguments {
  readonly error: unknown;
  readonly isFinalAttempt: boolean;
}

/** `Middleware.BaseMiddleware`. */
// biome-ignore lint/suspicious/noExplicitAny: a class of any version is taken, and its type given back
export type MiddlewareClass = abstract new (...args: any[]) => object;

/** A class that `middleware: [ … ]` takes: the one that was given, with a name. */
export type EverspanMiddleware<Base extends MiddlewareClass> = new (
  ...args: ConstructorParameters<Base>
) => InstanceType<Base> & { readonly id: string };
