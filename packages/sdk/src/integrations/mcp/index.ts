/**
 * `everspan/mcp`: traces clients and servers of the Model Context Protocol, and links the two sides.
 *
 * ```ts
 * import { observeClient, observeServer } from "everspan/mcp";
 *
 * const client = observeClient(new Client({ name: "agent", version: "1" }));
 * const server = observeServer(new McpServer({ name: "tools", version: "1" })); // before registerTool
 * ```
 */
export { type EverspanMcpOptions, type McpClient, observeClient } from "./client.ts";
export { type McpServerLike, observeServer } from "./server.ts";
