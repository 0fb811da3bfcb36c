// The page: passes the user's actions to the call, and shows the events of the call and the worker.

import { Call } from "/call.js";
import { Conversation } from "/conversation.js";
import { Notices } from "/notices.js";
import { DevSocket } from "/socket.js";
import { ANNOUNCED, ENDED, STATES, WORKER, elapsed, noMicrophone } from "/words.js";

const at = (id) => document.getElementById(id);
const conversation = new Conversation({ list: at("transcript"), scroll: at("scroll"), spoken: at("spoken") });
const notices = new Notices(at("notices"));
const socket = new DevSocket();

let worker = { phase: "starting", broken: [] };
let call = null;
let begunAt = 0;
let clock = 0;
let lines = 0;
let restarted = false;
let outcome = null;

function phase(name) {
  document.body.dataset.phase = name;
  at("begin").hidden = name === "calling";
  at("desk").hidden = name !== "calling";
  at("scroll").hidden = name === "idle" || (name === "over" && conversation.empty);
  at("ended").hidden = name !== "over";
  at("talk").textContent = name === "over" ? "Talk again" : "Start talking";
  at("heading").textContent = name === "idle" ? "Talk to your agent" : "Your agent";
  conversation.toEnd();
  enableStart();
}

// A call can start only while the worker is ready.
function enableStart() {
  const ready = worker.phase === "ready";
  for (const id of ["talk", "type"]) at(id).disabled = !ready;
}

function state(name) {
  at("voice").dataset.state = name === "over" ? "off" : name;
  at("state").setAttribute("aria-live", ANNOUNCED.includes(name) ? "polite" : "off");
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
  subscribe(call);
  phase("calling");
  outcome = null;
  at("clock").hidden = true;
  showMute(false);
  call.start({ speaking, follow: (room) => socket.follow(room) });
  // On a phone, focus on the text field opens the keyboard. Only users who type need the keyboard.
  (speaking ? at("scroll") : at("text")).focus();
}

function subscribe(call) {
  const on = (name, act) => call.addEventListener(name, (event) => act(event.detail));
  on("state", ({ state: name }) => state(name));
  on("connected", () => {
    begunAt = Date.now();
    tick();
    at("clock").hidden = false;
    clock = setInterval(tick, 1000);
  });
  on("line", (line) => conversation.show(line));
  on("level", ({ level }) => (at("level").dataset.level = level));
  on("muted", (detail) => muted(detail.muted));
  on("microphone", ({ error }) => microphone(error));
  on("sound", ({ allowed }) => sound(allowed));
  on("over", ({ how, text }) => over({ how: text, ...ENDED[how === "lost" && worker.phase === "gone" ? "noProgram" : how] }));
}

// The button mutes an open microphone, and opens a closed one.
function showMute(open) {
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
  showMute(!error);
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
  const action = { label: "Play sound", act: () => call?.playSound() };
  notices.show("sound", { title: "The browser blocks the sound.", action });
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
  showOutcome();
  at("why").focus();
  if (restarted) setTimeout(() => location.reload(), 3000);
}

function explain(id, text) {
  at(id).hidden = !text;
  at(id).textContent = text ?? "";
}

// The journal's data may arrive before or after the call ends on this page.
function showOutcome() {
  if (!outcome || call) return;
  at("show").textContent = outcome.show;
  at("more").hidden = false;
  if (!outcome.words || at("why").textContent === ENDED.lost.why) return;
  at("why").textContent = outcome.words;
  at("ended").dataset.tone = outcome.reason === "error" ? "bad" : "good";
  explain("how", "");
  explain("detail", outcome.detail);
}

socket.addEventListener("call", ({ detail }) => {
  outcome = detail;
  showOutcome();
});

socket.addEventListener("restarted", () => {
  restarted = true;
  if (!call) location.reload();
});

socket.addEventListener("worker", ({ detail }) => {
  worker = { ...worker, ...detail };
  at("worker").dataset.phase = worker.phase;
  at("worker-words").textContent = WORKER[worker.phase];
  const [models, ...hints] = (worker.models ?? "").split("\n");
  at("models").textContent = models;
  at("hint").textContent = hints.join(" ");
  at("sub").textContent = [worker.agent, worker.file].filter(Boolean).join(" · ");
  if (worker.broken.length) {
    const text = `${worker.broken.join("; ")}. The next call fails until this is fixed.`;
    notices.show("broken", { title: "The code has an error.", text });
  } else {
    notices.clear("broken");
  }
  enableStart();
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
  call.say(text).catch(() => notices.show("unsent", { title: "The message was not sent.", text }));
});

socket.open();
