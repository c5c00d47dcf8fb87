import { tracerFromEnv } from "everspan";
import { withEverspan } from "everspan/next";
import { answer } from "../agent";

export const tracer = tracerFromEnv({ service: { name: "vercel-nodejs" } });

export const GET = withEverspan({ tracer }, (request: Request) => answer(tracer, request));
