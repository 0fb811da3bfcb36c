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

  // Without a `name`, the caller is the user of the page.
  show({ id, who, name = NAMES[who], text, final }) {
    if (!text.trim()) return;
    const atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_THE_END;
    const item = this.#lines.get(id) ?? this.#add(id, who, name);
    item.querySelector(".words").textContent = text.trim();
    item.classList.toggle("interim", !final && who === "caller");
    if (final) this.#announce(name, text);
    if (atEnd) this.toEnd(); // otherwise the user is reading earlier lines
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  get empty() {
    return this.#lines.size === 0;
  }

  #add(id, who, name) {
    const item = document.createElement("li");
    const before = this.list.lastElementChild;
    const turn = !before?.classList.contains(who) || before.dataset.name !== name;
    item.className = turn ? `${who} turn` : who;
    item.dataset.name = name;
    const label = document.createElement("span");
    label.className = turn ? "who" : "unseen";
    label.textContent = name;
    const words = document.createElement("p");
    words.className = "words";
    item.append(label, words);
    this.list.append(item);
    this.#lines.set(id, item);
    return item;
  }

  #announce(name, text) {
    const line = document.createElement("p");
    line.textContent = `${name}: ${text.trim()}`;
    this.spoken.append(line);
    setTimeout(() => line.remove(), ANNOUNCED_FOR);
  }
}
