/** What the applications of all frameworks have in common. */

/** Three parts, each later than the one before. */
export async function* parts() {
  for (const part of ["one ", "two ", "three"]) {
    await new Promise(setImmediate);
    yield part;
  }
}

/** A span within the request's, where there is a tracer. */
export async function work(tracer, name) {
  const answer = async () => {
    await new Promise(setImmediate);
    return { answer: `hello ${name}` };
  };
  return tracer === undefined ? answer() : tracer.span("work", { input: name }, answer);
}

/** Requests that every application answers; a name, what is asked, and what its span is. */
export const SCENES = [
  { name: "text", path: "/text?token=secret", route: "/text", status: "OK" },
  { name: "HEAD", path: "/text", route: "/text", method: "HEAD", status: "OK" },
  { name: "route", path: "/users/7", route: "/users/:id", status: "OK" },
  { name: "body", path: "/echo", route: "/echo", method: "POST", body: '{"a":1}', status: "OK" },
  { name: "stream", path: "/stream", route: "/stream", status: "OK" },
  { name: "span within", path: "/work?name=a", route: "/work", status: "OK", children: ["work"] },
  { name: "unknown path", path: "/unknown", status: "OK" },
  { name: "refused", path: "/refused", route: "/refused", status: "OK" },
  { name: "fails", path: "/fails", route: "/fails", status: "ERROR" },
  { name: "bad body", path: "/echo", method: "POST", body: "{", status: ["OK", "ERROR"] },
];

/** One request, and everything of its answer that a client can see. */
export async function ask(url, { path, method = "GET", body }) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method, headers, body });
  const kept = [...response.headers].filter(([name]) => !["date", "etag", "last-modified"].includes(name));
  return { status: response.status, headers: kept, body: await response.text() };
}
