// The WebSocket to `offhook dev`: the state of the worker, and the journal's data on this page's call.

const FIRST_WAIT = 500;
const MAX_WAIT = 4000;

export class DevSocket extends EventTarget {
  #socket = null;
  #wait = FIRST_WAIT;
  #boot = null;
  #room = null;

  open() {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      if (this.#room) this.follow(this.#room);
    };
    socket.onmessage = (message) => this.#receive(JSON.parse(message.data));
    socket.onclose = () => {
      this.#emit("worker", { phase: "gone", broken: [] });
      setTimeout(() => this.open(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, MAX_WAIT);
    };
  }

  // Ask for the journal's data on the call in this room.
  follow(room) {
    this.#room = room;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ follow: room }));
  }

  #receive(message) {
    if (message.about === "worker") {
      // A restarted `dev` has another LiveKit server, and the Content-Security-Policy of this page does not allow it.
      const restarted = this.#boot !== null && this.#boot !== message.boot;
      this.#boot = message.boot;
      if (restarted) this.#emit("restarted");
    }
    this.#emit(message.about, message);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
