#!/usr/bin/env node
// A helper in Node: repeats what it is told, and shouts on request.
// It speaks the Agent Client Protocol over standard input and output with the official SDK.
import { Readable, Writable } from "node:stream";
import * as acp from "@agentclientprotocol/sdk";

const commands = [
  { name: "shout", description: "Repeats a text in capital letters.", input: { hint: "<text>" } },
];

// What the workshop hands over: settings from helper.toml, and this helper's persona.
const settings = JSON.parse(process.env.TATWATS_SETTINGS ?? "{}");
const cancelled = new Set();
let sessions = 0;

const say = (client, sessionId, text) =>
  client.notify("session/update", {
    sessionId,
    update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } },
  });

async function prompt({ params, client }) {
  const { sessionId } = params;
  cancelled.delete(sessionId);
  const text = params.prompt.map((block) => (block.type === "text" ? block.text : "")).join("");
  // Standard error is the process log, which people read on the helper's page.
  console.error(`answering delivery ${params._meta?.tatwats?.delivery}`);
  const shouted = text.match(/^\/shout\s+([^]*)/);
  const answer = shouted ? shouted[1].toUpperCase() : `${settings.prefix ?? "You said: "}${text}`;
  // Word by word, so that the page shows the answer while it grows.
  for (const word of answer.match(/\S+\s*|\s+/g) ?? []) {
    if (cancelled.has(sessionId)) return { stopReason: "cancelled" };
    await say(client, sessionId, word);
  }
  return { stopReason: "end_turn" };
}

acp
  .agent({ name: "echo" })
  .onRequest("initialize", () => ({
    protocolVersion: acp.PROTOCOL_VERSION,
    agentInfo: { name: "echo", version: "1.0.0" },
    agentCapabilities: {},
  }))
  .onRequest("session/new", ({ client }) => {
    const sessionId = `echo-${++sessions}`;
    // Commands are announced once the session is known, that is after this answer.
    setImmediate(() =>
      client.notify("session/update", {
        sessionId,
        update: { sessionUpdate: "available_commands_update", availableCommands: commands },
      }),
    );
    return { sessionId };
  })
  .onRequest("session/prompt", prompt)
  .onNotification("session/cancel", ({ params }) => {
    cancelled.add(params.sessionId);
  })
  .connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
