// All texts of the page.

export const WORKER = {
  starting: "The agent is starting",
  ready: "Ready",
  lost: "Trying to reach LiveKit",
  stopping: "The agent is stopping",
  gone: "offhook dev has ended",
};

export const STATES = {
  microphone: "Waiting for the microphone",
  connecting: "Connecting",
  ringing: "Calling the agent",
  initializing: "Getting ready",
  idle: "Waiting",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  reconnecting: "Connection interrupted, reconnecting",
  over: "Call ended",
};

// The notice for a microphone that cannot be used. Typing still works.
export function noMicrophone(error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return {
        title: "The microphone is not allowed here.",
        text: "You can type. To speak, allow the microphone for this page in the browser.",
      };
    case "NotFoundError":
    case "OverconstrainedError":
      return { title: "There is no microphone.", text: "You can type. To speak, plug one in." };
    case "NotReadableError":
    case "AbortError":
      return {
        title: "The microphone does not answer.",
        text: "You can type. To speak, close other programs that use it.",
      };
    default:
      return { title: "The microphone cannot be used.", text: "You can type." };
  }
}

export const ENDED = {
  hungUp: { why: "You hung up." },
  other: { why: "The call has ended." },
  agentLeft: { why: "The agent left the call.", bad: true },
  nobody: {
    why: "No agent took the call.",
    how: "No agent joined within 20 seconds. The worker may be full; see its terminal.",
    bad: true,
  },
  notReady: {
    why: "The agent did not become ready.",
    how: "The agent joined the room but was not ready within 20 seconds. See its terminal.",
    bad: true,
  },
  noServer: {
    why: "The LiveKit server does not answer.",
    how: "The server may have stopped, or its address is wrong. See the terminal of offhook dev.",
    bad: true,
  },
  lost: {
    why: "The connection was lost.",
    how: "The LiveKit server has stopped or cannot be reached.",
    bad: true,
  },
  refused: { why: "The call could not be placed.", bad: true },
  noProgram: { why: "offhook dev has ended.", how: "Start it again; this page reconnects.", bad: true },
};

// States that screen readers announce. They do not announce the agent's turns, because the user hears the agent.
export const ANNOUNCED = ["microphone", "connecting", "ringing", "reconnecting"];

export const elapsed = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
