/**
 * Sentry: `tracesSampleRate: 1`, inactive spans with their parent, payloads as JSON text in attributes, `Sentry.close`
 * at the end. Integrations that watch modules are off: only spans are compared. A transaction leaves when its root ends.
 */
import * as Sentry from "@sentry/node";

export async function open({ url }) {
  const { host } = new URL(url);
  Sentry.init({
    dsn: `http://public@${host}/1`,
    tracesSampleRate: 1,
    defaultIntegrations: false,
    enableLogs: false,
  });
  return {
    start: (name, input, parentSpan) =>
      Sentry.startInactiveSpan({
        name,
        op: "gen_ai.chat",
        attributes: { "gen_ai.request.messages": JSON.stringify(input) },
        ...(parentSpan === undefined ? { forceTransaction: true } : { parentSpan }),
      }),
    end(span, output) {
      span.setAttribute("gen_ai.response.text", JSON.stringify(output));
      span.end();
    },
    close: () => Sentry.close(60_000),
  };
}
