// The line to `offhook dev`: how the agent's worker is, and what the journal knows of our call.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 4000;

export class Line extends EventTarget {
  #socket = null;
  #wait = FIRST_WAIT;
  #boot = null;
  #room = null;

  open() {
    const socket = new WebSocket(`ws://${location.host}/line`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      if (this.#room) this.follow(this.#room);
    };
    socket.onmessage = (message) => this.#take(JSON.parse(message.data));
    socket.onclose = () => {
      this.#tell("worker", { phase: "gone", broken: [] });
      setTimeout(() => this.open(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    };
  }

  // Be told what the journal knows of the call in this room.
  follow(room) {
    this.#room = room;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ follow: room }));
  }

  #take(message) {
    if (message.about === "worker") {
      // Another `dev` has another LiveKit server, which this page's policy does not know yet.
      const renewed = this.#boot !== null && this.#boot !== message.boot;
      this.#boot = message.boot;
      if (renewed) this.#tell("renewed");
    }
    this.#tell(message.about, message);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
