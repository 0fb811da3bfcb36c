// The transcript on the screen. Interim text changes in place; final text also goes to screen readers.

const NAMES = { caller: "You", agent: "Agent" };
const ANNOUNCED_FOR = 10_000;
const NEAR_THE_END = 80;

export class Conversation {
  #lines = new Map();

  constructor({ list, scroll, spoken }) {
    this.list = list;
    this.scroll = scroll;
    this.spoken = spoken;
    new ResizeObserver(() => this.toEnd()).observe(scroll);
  }

  clear() {
    this.#lines.clear();
    this.list.replaceChildren();
  }

  show({ id, who, text, final }) {
    if (!text.trim()) return;
    const atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_THE_END;
    const item = this.#lines.get(id) ?? this.#add(id, who);
    item.querySelector(".words").textContent = text.trim();
    item.classList.toggle("interim", !final && who === "caller");
    if (final) this.#announce(who, text);
    if (atEnd) this.toEnd(); // otherwise the user is reading earlier lines
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  get empty() {
    return this.#lines.size === 0;
  }

  #add(id, who) {
    const item = document.createElement("li");
    const turn = !this.list.lastElementChild?.classList.contains(who);
    item.className = turn ? `${who} turn` : who;
    const name = document.createElement("span");
    name.className = turn ? "who" : "unseen";
    name.textContent = NAMES[who];
    const words = document.createElement("p");
    words.className = "words";
    item.append(name, words);
    this.list.append(item);
    this.#lines.set(id, item);
    return item;
  }

  #announce(who, text) {
    const line = document.createElement("p");
    line.textContent = `${NAMES[who]}: ${text.trim()}`;
    this.spoken.append(line);
    setTimeout(() => line.remove(), ANNOUNCED_FOR);
  }
}
