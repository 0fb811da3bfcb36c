// Turns LiveKit's text streams into lines of the transcript.
//
// A caller's transcript arrives as a new stream with the whole text at every change. An agent's transcript is one
// stream that grows. Only the trailer at the end of a stream says whether the text is final.

const TRANSCRIPTION = "lk.transcription";
const CHAT = "lk.chat";

// Calls `onLine({ id, who, name, text, final })` for every change of a line. `speaker(identity)` returns who the
// participant is: `{ who: "caller" or "agent", name }`. On the talk page, the caller is the user of the page.
export function transcribe(room, onLine, speaker = you(room)) {
  const newest = new Map();

  async function onTranscription(reader, { identity }) {
    const attributes = reader.info.attributes ?? {};
    const id = attributes["lk.segment_id"] || reader.info.id;
    const before = newest.get(id);
    if (before && (before.final || before.begun > reader.info.timestamp)) return;
    const mine = { begun: reader.info.timestamp, final: false };
    newest.set(id, mine);
    const { who, name } = speaker(identity);
    let text = "";
    for await (const piece of reader) {
      if (newest.get(id) !== mine) return;
      text += piece;
      onLine({ id, who, name, text, final: false });
    }
    // An agent's stream is final when it ends, even if a barge-in ended it.
    mine.final = who === "agent" || reader.info.attributes?.["lk.transcription_final"] === "true";
    if (newest.get(id) === mine) onLine({ id, who, name, text, final: mine.final });
  }

  async function onChat(reader, { identity }) {
    if (identity === room.localParticipant.identity) return;
    onLine({ id: reader.info.id, ...speaker(identity), text: await reader.readAll(), final: true });
  }

  // A stream breaks off when its sender disconnects; the text received so far stays on the screen.
  const keep = (handler) => (reader, sender) => handler(reader, sender).catch((error) => console.info(error.message));
  room.registerTextStreamHandler(TRANSCRIPTION, keep(onTranscription));
  room.registerTextStreamHandler(CHAT, keep(onChat));
}

const you = (room) => (identity) => ({ who: identity === room.localParticipant.identity ? "caller" : "agent" });

export const say = (room, text) => room.localParticipant.sendText(text, { topic: CHAT });
