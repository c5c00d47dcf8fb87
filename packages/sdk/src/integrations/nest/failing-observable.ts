/** What is used of an `Observable` of RxJS, by its shape: no package is imported. */
export interface NestObservable {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): {
    unsubscribe(): void;
  };
}

type ObservableClass = new (
  subscribe: (subscriber: Parameters<NestObservable["subscribe"]>[0]) => object,
) => NestObservable;

/** The same values, error and end, and who unsubscribes reaches the source; `failed` is told of the error before. */
export function failingWith(source: NestObservable, failed: (error: unknown) => void): NestObservable {
  const Observable: unknown = source.constructor;
  if (typeof Observable !== "function") return source;
  return new (Observable as ObservableClass)((subscriber) =>
    source.subscribe({
      next: (value) => subscriber.next(value),
      error: (error) => {
        failed(error);
        subscriber.error(error);
      },
      complete: () => subscriber.complete(),
    }),
  );
}
