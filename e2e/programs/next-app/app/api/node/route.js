export { GET } from "../../../../../../examples/next/app/api/node/route";

// Next.js reads these off the file itself.
export const runtime = "nodejs";
export const dynamic = "force-dynamic";
