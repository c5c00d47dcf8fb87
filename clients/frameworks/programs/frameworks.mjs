/** The AI SDK, LangChain, the OpenAI Agents SDK and a client of the Model Context Protocol, none of them set up for tracing. */
import { createOpenAI } from "@ai-sdk/openai";
import { ChatOpenAI } from "@langchain/openai";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { Agent, OpenAIProvider, Runner } from "@openai/agents";
import { generateText } from "ai";

const { PROVIDER } = process.env;
await generateText({ model: createOpenAI({ apiKey: "k", baseURL: PROVIDER }).chat("gpt-ai"), prompt: "hi" });

await new ChatOpenAI({ model: "gpt-chain", apiKey: "k", configuration: { baseURL: PROVIDER } }).invoke("hi");

const runner = new Runner({ modelProvider: new OpenAIProvider({ apiKey: "k", baseURL: PROVIDER }) });
await runner.run(new Agent({ name: "agent", model: "gpt-agents" }), "hi");

const server = new McpServer({ name: "tools", version: "1" });
server.registerTool("look", {}, () => ({ content: [{ type: "text", text: "seen" }] }));
const [here, there] = InMemoryTransport.createLinkedPair();
const client = new Client({ name: "agent", version: "1" });
await Promise.all([server.connect(there), client.connect(here)]);
await client.callTool({ name: "look", arguments: {} });
await client.close();
console.log("done");
