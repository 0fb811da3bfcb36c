// What the page says, in one place.

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
  reconnecting: "Connection interrupted, trying again",
  over: "Call ended",
};

// Why the microphone is not there; typing works all the same.
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
    why: "Nobody took the call.",
    how: "No agent came within 20 seconds. It may be busy with as many calls as it takes; its terminal says more.",
    bad: true,
  },
  notReady: {
    why: "The agent did not get ready.",
    how: "It came into the room but said nothing of itself for 20 seconds. Its terminal says more.",
    bad: true,
  },
  noServer: {
    why: "The LiveKit server does not answer.",
    how: "It may have stopped, or its address is wrong. The terminal of offhook dev says more.",
    bad: true,
  },
  lost: {
    why: "The connection was lost.",
    how: "The LiveKit server is gone or cannot be reached.",
    bad: true,
  },
  refused: { why: "The call could not be placed.", bad: true },
  noDev: { why: "offhook dev has ended.", how: "Start it again; this page notices.", bad: true },
};

// Told to screen readers too; how the agent takes turns they hear.
export const TOLD = ["microphone", "connecting", "ringing", "reconnecting"];

export const elapsed = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
