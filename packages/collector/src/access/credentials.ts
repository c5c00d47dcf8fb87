/** Where a request carries its credential. Never in its URL, which ends up in logs and histories. */
import type { IncomingMessage } from "node:http";

export const SESSION_COOKIE = "everspan_session";

/** The dialects' own headers are accepted too, and a password as Langfuse's clients send, so that they need no change. */
export function credentialOf(request: IncomingMessage): string | undefined {
  const { authorization = "" } = request.headers;
  const bearer = /^Bearer +(\S.*)$/i.exec(authorization)?.[1];
  const basic = /^Basic +([\w+/=-]+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  if (basic !== undefined) {
    const pair = Buffer.from(basic, "base64").toString("utf8");
    return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : undefined;
  }
  const key = request.headers["x-api-key"] ?? request.headers["x-agent-api-key"];
  return typeof key === "string" ? key : undefined;
}

export function sessionCookieOf(request: IncomingMessage): string | undefined {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1) || undefined;
}

/** No script reads it, no other site sends it, and it goes back to this server only. */
export function sessionCookie(id: string, maxAgeSeconds: number, isSecure: boolean): string {
  const flags = ["Path=/", "HttpOnly", "SameSite=Strict", `Max-Age=${maxAgeSeconds}`, ...(isSecure ? ["Secure"] : [])];
  return [`${SESSION_COOKIE}=${id}`, ...flags].join("; ");
}
