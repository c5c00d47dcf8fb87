/**
 * `everspan/nest`: each HTTP request of a NestJS application is a trace, on Express and on Fastify.
 *
 * ```ts
 * import { EverspanModule } from "everspan/nest";
 *
 * @Module({ imports: [EverspanModule.forRoot(), ChatModule] })
 * export class AppModule {}
 * ```
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { defaultTracer } from "../../environment/default-tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { DEFAULT_FLUSH_MS } from "../lifecycle/flush-after.ts";
import { serveNodeRequest } from "../served-request/node-request.ts";
import type { RequestTraceOptions, ServedRequest } from "../served-request/served-request.ts";
import { failingWith, type NestObservable } from "./failing-observable.ts";

export type { RequestHeaders } from "../propagation/index.ts";
export type { IncomingRequest, RequestTraceOptions } from "../served-request/served-request.ts";
export type { NestObservable } from "./failing-observable.ts";

export interface EverspanNestOptions extends RequestTraceOptions {
  /** How long `app.close()` waits for the spans, in milliseconds. Default 5 000. */
  readonly timeoutMs?: number | undefined;
}

/** What the module uses of a `MiddlewareConsumer`. */
export interface NestMiddlewareConsumer {
  apply(...middleware: NestMiddleware[]): { forRoutes(...routes: string[]): unknown };
}

export type NestMiddleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** What the interceptor uses of an `ExecutionContext`. */
export interface NestExecutionContext {
  getType(): string;
  getClass(): { readonly name: string };
  getHandler(): { readonly name: string };
  switchToHttp(): { getRequest(): unknown };
}

/** What the interceptor uses of a `CallHandler`. */
export interface NestCallHandler {
  handle(): NestObservable;
}

/** What `forRoot` answers: a `DynamicModule`. */
export interface EverspanDynamicModule {
  readonly module: new () => object;
  readonly global: boolean;
  readonly providers: { readonly provide: string; readonly useValue: object }[];
}

/** Nest's own token for interceptors of every route. */
const EVERY_ROUTE = "APP_INTERCEPTOR";

/** A request as its framework has it: Fastify keeps Node's own in `raw`. */
interface FrameworkRequest {
  readonly raw?: object;
  readonly route?: { readonly path?: unknown };
  readonly routeOptions?: { readonly url?: unknown };
}

export const EverspanModule = {
  /**
   * The module to import, once. A request's span ends when its response has been sent: CANCELED when the client went
   * away before, ERROR for a status from 500. It is named by the route, and says which handler answered. What a handler
   * throws stands in the span, unless it is an answer (`NotFoundException`), and goes on to the filters unchanged.
   * `app.close()` delivers what is pending; with `app.enableShutdownHooks()` a signal does. In a handler
   * `tracer.activeSpan()` is the request's span, until another begins.
   */
  forRoot(options: EverspanNestOptions = {}): EverspanDynamicModule {
    const requests = new NestRequests(options);
    // A class for each call: Nest makes the module's instance itself, and gives it nothing.
    class EverspanModule {
      configure(consumer: NestMiddlewareConsumer): void {
        consumer.apply(requests.middleware).forRoutes("*");
      }
      async onApplicationShutdown(): Promise<void> {
        await (options.tracer ?? defaultTracer()).flush({ timeoutMs: options.timeoutMs ?? DEFAULT_FLUSH_MS });
      }
    }
    return { module: EverspanModule, global: true, providers: [{ provide: EVERY_ROUTE, useValue: requests }] };
  },
};

/** The middleware that begins each request's span, and the interceptor that knows its handler and what that throws. */
class NestRequests {
  readonly #options: RequestTraceOptions;
  /** By Node's request, which both frameworks keep. */
  readonly #served = new WeakMap<object, ServedRequest>();

  constructor(options: RequestTraceOptions) {
    this.#options = options;
  }

  readonly middleware: NestMiddleware = (request, response, next) => {
    const served = serveNodeRequest(this.#options, request, response, (ended) => {
      // What no handler answered (a guard refused it) has its route on Express alone.
      ended.matched((request as FrameworkRequest).route?.path);
    });
    if (served === undefined) {
      next();
      return;
    }
    this.#served.set(request, served);
    served.run(next);
  };

  intercept(context: NestExecutionContext, next: NestCallHandler): NestObservable {
    const served = this.#requestOf(context);
    if (served === undefined) return next.handle();
    return failingWith(next.handle(), (error) => served.fail(error));
  }

  #requestOf(context: NestExecutionContext): ServedRequest | undefined {
    let served: ServedRequest | undefined;
    quietly(() => {
      if (context.getType() !== "http") return;
      const request = context.switchToHttp().getRequest() as FrameworkRequest;
      served = this.#served.get(request.raw ?? request);
      if (served === undefined) return;
      served.span.setData({ handler: `${context.getClass().name}.${context.getHandler().name}` });
      served.matched(request.routeOptions?.url ?? request.route?.path);
    });
    return served;
  }
}
