// The talk page and the listening page share this code: a room that reconnects by itself, and its token.

const { Room, setLogLevel } = window.LivekitClient;

const RECONNECT_FOR = 20_000;
const RECONNECT_EVERY = 1_500;

setLogLevel("warn");

export function newRoom() {
  return new Room({
    disconnectOnPageLeave: true,
    reconnectPolicy: {
      nextRetryDelayInMs: ({ elapsedMs, retryCount }) =>
        elapsedMs > RECONNECT_FOR ? null : Math.min(retryCount * 500, RECONNECT_EVERY),
    },
  });
}

// Returns the server's address and a token. Without a token, calls `end` with the reason, and returns undefined.
export async function fetchAccess(end) {
  try {
    const answer = await fetch("/token", { method: "POST" });
    if (answer.ok) return await answer.json();
    end("refused", await answer.text());
  } catch (error) {
    console.info(error.message);
    end("noProgram");
  }
}
