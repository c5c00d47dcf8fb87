import "./begin.ts";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { firstPage } from "./first-page.ts";
import { applyPreferences } from "./state/browser/preferences.ts";
import { newQueryClient } from "./state/data/query-client.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/trace.css";
import "./styles/detail.css";
import "./styles/conversation.css";
import "./styles/text.css";
import "./styles/print.css";

applyPreferences();
const client = newQueryClient();
void firstPage(client, new URL(window.location.href)).then(() =>
  createRoot(document.getElementById("root")!).render(
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>,
  ),
);
