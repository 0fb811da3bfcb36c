// All texts of the listening page.

export const KINDS = { agent: "Agent", phone: "Phone", caller: "Caller", listener: "Listener" };

export const STATES = {
  connecting: "Connecting",
  reconnecting: "Connection interrupted, reconnecting",
  empty: "Nobody is in the room",
  quiet: "Nobody speaks",
  thinking: "The agent is thinking",
  over: "",
};

export const speaking = (names) => `${names.join(" and ")} ${names.length > 1 ? "speak" : "speaks"}`;

export const presence = ({ visible, name }) => (visible ? `Visible as ${name}` : "Hidden from the room");

export const NO_AGENT = { title: "No agent is in this room.", text: "You hear everybody who is there." };

export const ENDED = {
  stopped: { why: "You stopped listening." },
  closed: { why: "The call has ended." },
  left: { why: "Everybody has left the room." },
  removed: { why: "Listening has ended.", how: "offhook listen has ended, or somebody removed this listener." },
  refused: { why: "There is nothing to listen to.", bad: true },
  noServer: { why: "The LiveKit server does not answer.", how: "The server may have stopped.", bad: true },
  lost: { why: "The connection was lost.", how: "The LiveKit server has stopped or cannot be reached.", bad: true },
  noProgram: { why: "offhook listen has ended.", how: "Start it again and open its address.", bad: true },
};
