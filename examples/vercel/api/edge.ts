import { tracerFromEnv } from "everspan";
import { withEverspan } from "everspan/next";
import { answer } from "../agent";

export const config = { runtime: "edge" };

export const tracer = tracerFromEnv({ service: { name: "vercel-edge" } });

export default withEverspan({ tracer }, (request: Request) => answer(tracer, request));
