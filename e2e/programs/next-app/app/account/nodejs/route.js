import { defaultTracer } from "everspan";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export const GET = () => Response.json(defaultTracer().stats());
