import { defaultTracer } from "everspan";
import { withEverspan } from "everspan/next";
import { answer } from "../../../agent";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export const GET = withEverspan({ tracer: defaultTracer() }, (request: Request) =>
  answer(new URL(request.url).searchParams.get("question") ?? "what is this?"),
);
