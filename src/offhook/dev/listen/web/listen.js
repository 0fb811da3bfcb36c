// The listening page: passes the user's actions to the connection, and shows what is heard and how the call ended.

import { Conversation } from "/conversation.js";
import { ENDED, KINDS, NO_AGENT, STATES, presence, speaking } from "/listen-words.js";
import { Listening } from "/listening.js";
import { Notices } from "/notices.js";
import { elapsed } from "/words.js";

const OUTCOME_EVERY = 500;
const OUTCOME_TRIES = 12; // the journal records the end shortly after the room closes

const at = (id) => document.getElementById(id);
const conversation = new Conversation({ list: at("transcript"), scroll: at("scroll"), spoken: at("spoken") });
const notices = new Notices(at("notices"));

let listening = null;
let begunAt = 0;
let clock = 0;

function phase(name) {
  document.body.dataset.phase = name;
  at("begin").hidden = name === "calling";
  for (const id of ["desk", "people"]) at(id).hidden = name !== "calling";
  at("scroll").hidden = name === "idle" || (name === "over" && conversation.empty);
  at("ended").hidden = name !== "over";
  at("listen").textContent = name === "over" ? "Listen again" : "Listen";
  at("heading").textContent = name === "calling" ? "Listening" : "Listen to a call";
  conversation.toEnd();
}

function begin() {
  if (listening) return;
  notices.clear("sound", "agent");
  conversation.clear();
  at("people").replaceChildren();
  listening = new Listening();
  const on = (name, act) => listening.addEventListener(name, (event) => act(event.detail));
  on("state", state);
  on("connected", connected);
  on("people", people);
  on("level", ({ person, level }) => chip(person)?.querySelector(".level").setAttribute("data-level", level));
  on("line", (line) => conversation.show(line));
  on("sound", ({ allowed }) => sound(allowed));
  on("over", over);
  at("clock").hidden = true;
  phase("calling");
  listening.start();
  at("scroll").focus();
}

function connected() {
  begunAt = Date.now();
  tick();
  at("clock").hidden = false;
  clock = setInterval(tick, 1000);
}

function tick() {
  at("clock").textContent = elapsed((Date.now() - begunAt) / 1000);
}

function state({ state: name, speakers = [] }) {
  at("voice").dataset.state = speakers.length ? "speaking" : { quiet: "listening", empty: "listening", over: "off" }[name] ?? name;
  at("state").textContent = speakers.length ? speaking(speakers) : STATES[name];
}

const chip = (identity) => [...at("people").children].find((one) => one.dataset.identity === identity);

function people({ people, agent }) {
  if (agent) notices.clear("agent");
  else notices.show("agent", NO_AGENT);
  at("people").replaceChildren(...people.map((one) => update(chip(one.identity) ?? create(one.identity), one)));
}

function create(identity) {
  const item = document.createElement("li");
  item.className = "person";
  item.dataset.identity = identity;
  item.innerHTML =
    '<span class="level" data-level="0" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></span>' +
    '<span class="name"></span><span class="kind"></span>';
  return item;
}

function update(item, { name, kind, speaking }) {
  item.dataset.speaking = speaking;
  item.querySelector(".name").textContent = name;
  item.querySelector(".kind").textContent = name.toLowerCase() === kind ? "" : KINDS[kind];
  return item;
}

function sound(allowed) {
  if (allowed) return notices.clear("sound");
  const action = { label: "Play sound", act: () => listening?.playSound() };
  notices.show("sound", { title: "The browser blocks the sound.", action });
}

function over({ how, text }) {
  const heard = how === "closed" || how === "left";
  const ended = { how: text, ...ENDED[how] };
  listening = null;
  clearInterval(clock);
  notices.clear("sound", "agent");
  state({ state: "over" });
  at("ended").dataset.tone = ended.bad ? "bad" : "good";
  at("why").textContent = ended.why;
  explain("how", ended.how);
  explain("detail", "");
  at("more").hidden = true;
  phase("over");
  at("why").focus();
  if (heard) showOutcome(OUTCOME_TRIES);
}

function explain(id, text) {
  at(id).hidden = !text;
  at(id).textContent = text ?? "";
}

// If the journal is on this machine, it says why the call ended.
async function showOutcome(tries) {
  const outcome = await ask("/outcome");
  if (listening || !outcome?.show) return;
  at("show").textContent = outcome.show;
  at("more").hidden = false;
  if (outcome.words) {
    at("why").textContent = outcome.words;
    at("ended").dataset.tone = outcome.reason === "error" ? "bad" : "good";
    explain("detail", outcome.detail);
  }
  if (outcome.state !== "ended" && tries > 1) setTimeout(() => !listening && showOutcome(tries - 1), OUTCOME_EVERY);
}

async function ask(path) {
  try {
    const answer = await fetch(path, { method: "POST" });
    return answer.ok ? await answer.json() : null;
  } catch (error) {
    console.info(error.message);
    return null;
  }
}

at("listen").addEventListener("click", begin);
at("stop").addEventListener("click", () => listening?.stop());

ask("/about").then((about) => {
  if (!about) return;
  at("room").textContent = about.room;
  at("presence").textContent = presence(about);
  at("presence").dataset.phase = "ready";
});
