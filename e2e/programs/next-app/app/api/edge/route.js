export { GET } from "../../../../../../examples/next/app/api/edge/route";

// Next.js reads these off the file itself.
export const runtime = "edge";
export const dynamic = "force-dynamic";
