/** An MCP server in a process of its own, on standard input and output: one tool, under which there is work of its own. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CollectorExporter, Tracer } from "everspan";
import { observeServer } from "everspan/mcp";
import { z } from "zod";

const exporter = new CollectorExporter({ url: process.env.COLLECTOR_URL });
const tracer = new Tracer({ service: { name: "measurements" }, exporters: [exporter] });
const server = observeServer(new McpServer({ name: "measurements", version: "1" }), { tracer });
server.registerTool("measure", { inputSchema: { city: z.string() } }, async ({ city }) =>
  tracer.span("read the thermometer", async () => ({ content: [{ type: "text", text: `${city}: 12 degrees` }] })),
);
await server.connect(new StdioServerTransport());
process.stdin.once("end", () => tracer.shutdown());
