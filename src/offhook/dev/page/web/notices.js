// Notices on the page. `show` replaces the notice with the same name; `clear` removes notices by name.

export class Notices {
  #shown = new Map();

  constructor(place) {
    this.place = place;
  }

  show(name, { title, text, action }) {
    const notice = document.createElement("div");
    notice.className = "notice";
    const words = document.createElement("div");
    const strong = document.createElement("strong");
    strong.textContent = title;
    words.append(strong, text ?? "");
    notice.append(words);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = action.label;
      button.addEventListener("click", action.act);
      notice.append(button);
    }
    this.#shown.get(name)?.remove();
    this.#shown.set(name, notice);
    this.place.append(notice);
  }

  clear(...names) {
    for (const name of names) {
      this.#shown.get(name)?.remove();
      this.#shown.delete(name);
    }
  }
}
