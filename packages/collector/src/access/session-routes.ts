/** The viewer's sign-in: a token once, and from then on a cookie that no script can read. */
import { z } from "@hono/zod-openapi";
import { HttpError } from "../http/http-errors.ts";
import { json } from "../http/http-result.ts";
import { jsonBody, type Route, route } from "../http/route.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import type { Access } from "./access.ts";
import { sessionCookie } from "./credentials.ts";

const signInSchema = z.strictObject({ token: z.string().min(1).max(512) });
const sessionSchema = z.strictObject({ asksForToken: z.boolean() });

/** @param isSecure whether browsers reach the collector by https, through a proxy */
export function sessionRoutes(receiver: BodyReceiver, access: Access, isSecure: boolean): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/session",
      scope: "public",
      summary: "Whether this collector asks for a token.",
      response: jsonBody("What the viewer needs to know before it asks anything else.", sessionSchema),
      handler: () => json({ asksForToken: access.asksForToken }),
    }),
    route({
      method: "POST",
      path: "/api/session",
      scope: "public",
      summary: "Signs the viewer in: the response sets a cookie that lasts 12 hours or until its token is revoked.",
      body: jsonBody("The token.", signInSchema),
      response: jsonBody("Signed in.", sessionSchema),
      errors: ["INVALID_SIGN_IN", "RATE_LIMITED", "UNAUTHORIZED"],
      handler: async (request) => {
        const parsed = signInSchema.safeParse(await receiver.receiveJson(request));
        if (!parsed.success) throw new HttpError(422, "INVALID_SIGN_IN", "the body must be {token: a text}");
        const { id, maxAgeSeconds } = access.signIn(request.raw, parsed.data.token);
        return json({ asksForToken: true }, 200, { "set-cookie": sessionCookie(id, maxAgeSeconds, isSecure) });
      },
    }),
    route({
      method: "DELETE",
      path: "/api/session",
      scope: "public",
      summary: "Signs the viewer out.",
      response: jsonBody("Signed out.", sessionSchema),
      handler: ({ raw }) => {
        access.signOut(raw);
        const gone = { "set-cookie": sessionCookie("", 0, isSecure) };
        return json({ asksForToken: access.asksForToken }, 200, gone);
      },
    }),
  ];
}
