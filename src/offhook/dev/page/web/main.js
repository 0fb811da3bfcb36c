// The page: what a person does goes to the call, what the call and the worker tell goes onto the screen.

import { Call } from "/call.js";
import { Conversation } from "/conversation.js";
import { Line } from "/line.js";
import { Notices } from "/notices.js";
import { ENDED, STATES, TOLD, WORKER, elapsed, noMicrophone } from "/words.js";

const at = (id) => document.getElementById(id);
const conversation = new Conversation({ list: at("transcript"), scroll: at("scroll"), spoken: at("spoken") });
const notices = new Notices(at("notices"));
const line = new Line();

let worker = { phase: "starting", broken: [] };
let call = null;
let begunAt = 0;
let clock = 0;
let lines = 0;
let renewed = false;
let known = null;

function phase(name) {
  document.body.dataset.phase = name;
  at("begin").hidden = name === "calling";
  at("desk").hidden = name !== "calling";
  at("scroll").hidden = name === "idle" || (name === "over" && conversation.empty);
  at("ended").hidden = name !== "over";
  at("talk").textContent = name === "over" ? "Talk again" : "Start talking";
  at("heading").textContent = name === "idle" ? "Talk to your agent" : "Your agent";
  conversation.toEnd();
  offered();
}

// A call can begin while the worker is there.
function offered() {
  const there = worker.phase === "ready";
  for (const id of ["talk", "type"]) at(id).disabled = !there;
}

function state(name) {
  at("voice").dataset.state = name === "over" ? "off" : name;
  at("state").setAttribute("aria-live", TOLD.includes(name) ? "polite" : "off");
  at("state").textContent = STATES[name] ?? name;
}

function tick() {
  at("clock").textContent = elapsed((Date.now() - begunAt) / 1000);
}

function begin(speaking) {
  if (call || worker.phase !== "ready") return;
  notices.clear("microphone", "sound", "unsent");
  conversation.clear();
  call = new Call();
  listen(call);
  phase("calling");
  known = null;
  at("clock").hidden = true;
  heard(false);
  call.start({ speaking, follow: (room) => line.follow(room) });
  (speaking ? at("scroll") : at("text")).focus(); // a keyboard on a phone's screen only for who wants to type
}

function listen(call) {
  const on = (name, act) => call.addEventListener(name, (event) => act(event.detail));
  on("state", ({ state: name }) => state(name));
  on("connected", () => {
    begunAt = Date.now();
    tick();
    at("clock").hidden = false;
    clock = setInterval(tick, 1000);
  });
  on("line", (told) => conversation.show(told));
  on("level", ({ level }) => (at("level").dataset.level = level));
  on("muted", (told) => muted(told.muted));
  on("microphone", ({ error }) => microphone(error));
  on("sound", ({ allowed }) => sound(allowed));
  on("over", ({ how, text }) => over({ how: text, ...ENDED[how === "lost" && worker.phase === "gone" ? "noDev" : how] }));
}

// The button mutes a microphone that is open, and opens one that is not.
function heard(open) {
  at("mute").toggleAttribute("aria-pressed", open);
  at("level").hidden = !open;
  at("mute-words").textContent = "Use microphone";
  if (open) muted(false);
}

function muted(on) {
  at("mute").setAttribute("aria-pressed", on);
  at("mute-words").textContent = on ? "Muted" : "Mute";
}

function microphone(error) {
  heard(!error);
  if (error) notices.show("microphone", noMicrophone(error));
  else notices.clear("microphone");
}

function toggleMicrophone() {
  const pressed = at("mute").getAttribute("aria-pressed");
  if (pressed === null) call?.speak();
  else call?.mute(pressed !== "true");
}

function sound(allowed) {
  if (allowed) return notices.clear("sound");
  const action = { label: "Let it play", act: () => call?.playSound() };
  notices.show("sound", { title: "The browser holds the sound back.", action });
}

function over({ why, how, bad }) {
  call = null;
  clearInterval(clock);
  notices.clear("microphone", "sound");
  state("over");
  at("ended").dataset.tone = bad ? "bad" : "good";
  at("why").textContent = why;
  explain("how", how);
  explain("detail", "");
  at("more").hidden = true;
  phase("over");
  tellWhy();
  at("why").focus();
  if (renewed) setTimeout(() => location.reload(), 3000);
}

function explain(id, text) {
  at(id).hidden = !text;
  at(id).textContent = text ?? "";
}

// What the journal knows may come before or after the line is closed.
function tellWhy() {
  if (!known || call) return;
  at("show").textContent = known.show;
  at("more").hidden = false;
  if (!known.words || at("why").textContent === ENDED.lost.why) return;
  at("why").textContent = known.words;
  at("ended").dataset.tone = known.reason === "error" ? "bad" : "good";
  explain("how", "");
  explain("detail", known.detail);
}

line.addEventListener("call", ({ detail }) => {
  known = detail;
  tellWhy();
});

line.addEventListener("renewed", () => {
  renewed = true;
  if (!call) location.reload();
});

line.addEventListener("worker", ({ detail }) => {
  worker = { ...worker, ...detail };
  at("worker").dataset.phase = worker.phase;
  at("worker-words").textContent = WORKER[worker.phase];
  const [models, ...hints] = (worker.models ?? "").split("\n");
  at("models").textContent = models;
  at("hint").textContent = hints.join(" ");
  at("sub").textContent = [worker.agent, worker.file].filter(Boolean).join(" · ");
  if (worker.broken.length) {
    const text = `${worker.broken.join("; ")}. The next call fails until this is mended.`;
    notices.show("broken", { title: "The code is broken.", text });
  } else {
    notices.clear("broken");
  }
  offered();
});

at("talk").addEventListener("click", () => begin(true));
at("type").addEventListener("click", () => begin(false));
at("hang-up").addEventListener("click", () => call?.hangUp());
at("mute").addEventListener("click", toggleMicrophone);
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text || !call) return;
  at("text").value = "";
  lines += 1;
  conversation.show({ id: `typed-${lines}`, who: "caller", text, final: true });
  call.say(text).catch(() => notices.show("unsent", { title: "That was not sent.", text }));
});

line.open();
