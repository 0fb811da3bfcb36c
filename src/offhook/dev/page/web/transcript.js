// LiveKit's text streams made into lines of a conversation.
//
// A caller's words are sent again and again, each time whole and as a stream of their own; an agent's words are one
// stream that grows. Whether they are final is said in the stream's trailer, so it is known when the stream has ended.

const TRANSCRIPTION = "lk.transcription";
const CHAT = "lk.chat";

// Calls `tell({ id, who, text, final })` for every change of a line.
export function transcribe(room, tell) {
  const newest = new Map();

  async function take(reader, { identity }) {
    const told = reader.info.attributes ?? {};
    const id = told["lk.segment_id"] || reader.info.id;
    const before = newest.get(id);
    if (before && (before.final || before.begun > reader.info.timestamp)) return;
    const mine = { begun: reader.info.timestamp, final: false };
    newest.set(id, mine);
    const who = identity === room.localParticipant.identity ? "caller" : "agent";
    let text = "";
    for await (const piece of reader) {
      if (newest.get(id) !== mine) return;
      text += piece;
      tell({ id, who, text, final: false });
    }
    // An agent's stream that ended is final; one that was cut short by the caller too.
    mine.final = who === "agent" || reader.info.attributes?.["lk.transcription_final"] === "true";
    if (newest.get(id) === mine) tell({ id, who, text, final: mine.final });
  }

  async function typed(reader, { identity }) {
    if (identity === room.localParticipant.identity) return;
    tell({ id: reader.info.id, who: "agent", text: await reader.readAll(), final: true });
  }

  // A stream breaks off when its sender vanishes; what came of it stays.
  const keep = (handler) => (reader, sender) => handler(reader, sender).catch((error) => console.info(error.message));
  room.registerTextStreamHandler(TRANSCRIPTION, keep(take));
  room.registerTextStreamHandler(CHAT, keep(typed));
}

export const say = (room, text) => room.localParticipant.sendText(text, { topic: CHAT });
