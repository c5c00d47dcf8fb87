import { createRoot } from "react-dom/client";
import { takeTokenFromAddress } from "./api/access-token.ts";
import { App } from "./app.tsx";
import { applyTheme } from "./state/preferences.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/list.css";
import "./styles/trace.css";
import "./styles/detail.css";
import "./styles/conversation.css";
import "./styles/text.css";

takeTokenFromAddress();
applyTheme();
createRoot(document.getElementById("root")!).render(<App />);
