// One call: the room, the microphone, the agent in it, and how it ended.

import { measure } from "/level.js";
import { say, transcribe } from "/transcript.js";

const { DisconnectReason, Room, RoomEvent, Track, createLocalAudioTrack, setLogLevel } = window.LivekitClient;

const AGENT_COMES_WITHIN = 20_000;
const AGENT_MAY_BE_REPLACED = 4_000;
const RECONNECT_FOR = 20_000;
const RECONNECT_EVERY = 1_500;
// What is sent in the first moments of a connection may be lost without a word.
const SETTLES_IN = 300;

const LOST = [
  undefined,
  DisconnectReason.UNKNOWN_REASON,
  DisconnectReason.STATE_MISMATCH,
  DisconnectReason.SIGNAL_CLOSE,
  DisconnectReason.SERVER_SHUTDOWN,
  DisconnectReason.JOIN_FAILURE,
];

setLogLevel("warn");

const agentOf = (room) =>
  [...room.remoteParticipants.values()].find((one) => one.isAgent && !one.attributes["lk.publish_on_behalf"]);

export class Call extends EventTarget {
  #room = new Room({
    disconnectOnPageLeave: true,
    reconnectPolicy: {
      nextRetryDelayInMs: ({ elapsedMs, retryCount }) =>
        elapsedMs > RECONNECT_FOR ? null : Math.min(retryCount * 500, RECONNECT_EVERY),
    },
  });
  #microphone = null;
  #quiet = () => {};
  #waiting = 0;
  #over = false;
  #connected = false;
  #agentListens = () => {};
  #listening = new Promise((resolve) => (this.#agentListens = resolve));

  // Place the call; resolves when it is over or connected.
  async start({ speaking, follow }) {
    if (speaking) await this.#openMicrophone();
    if (this.#over) return;
    this.#state("connecting");
    const seat = await this.#seat();
    if (!seat) return;
    follow(seat.room);
    this.#listen();
    try {
      await this.#room.connect(seat.url, seat.token);
    } catch (error) {
      console.info(error.message);
      return this.#end("noServer");
    }
    if (this.#over) return this.#room.disconnect();
    this.#connected = true;
    this.#tell("connected");
    this.#state("ringing");
    this.#waiting = setTimeout(() => this.#missed(), AGENT_COMES_WITHIN);
    this.#agentTold();
    if (this.#microphone) await this.#publish();
  }

  // The microphone may be allowed, or plugged in, in mid-call.
  async speak() {
    await this.#openMicrophone();
    if (this.#microphone && this.#connected) await this.#publish();
  }

  // What is typed before the agent is there would be lost.
  async say(text) {
    await this.#listening;
    return say(this.#room, text);
  }

  async mute(muted) {
    await (muted ? this.#microphone?.mute() : this.#microphone?.unmute());
    this.#tell("muted", { muted });
  }

  hangUp() {
    this.#end("hungUp");
  }

  playSound() {
    return this.#room.startAudio();
  }

  async #seat() {
    try {
      const answer = await fetch("/token", { method: "POST" });
      if (answer.ok) return await answer.json();
      this.#end("refused", await answer.text());
    } catch (error) {
      console.info(error.message);
      this.#end("noDev");
    }
  }

  async #openMicrophone() {
    this.#state("microphone");
    try {
      this.#microphone = await createLocalAudioTrack({ echoCancellation: true, noiseSuppression: true });
    } catch (error) {
      this.#tell("microphone", { error });
      return;
    }
    if (this.#over) return this.#closeMicrophone();
    this.#quiet = measure(this.#microphone.mediaStreamTrack, (level) => this.#tell("level", { level }));
    this.#microphone.on("ended", () => this.#tell("microphone", { error: { name: "NotFoundError" } }));
    this.#tell("microphone", {});
    this.#agentTold();
  }

  async #publish() {
    await this.#room.localParticipant.publishTrack(this.#microphone, { source: Track.Source.Microphone });
  }

  #listen() {
    const room = this.#room;
    transcribe(room, (line) => this.#tell("line", line));
    room
      .on(RoomEvent.ParticipantConnected, () => this.#agentTold())
      .on(RoomEvent.ParticipantAttributesChanged, () => this.#agentTold())
      .on(RoomEvent.ParticipantDisconnected, (one) => one.isAgent && this.#agentLeft())
      .on(RoomEvent.TrackSubscribed, (track) => {
        if (track.kind === Track.Kind.Audio) document.body.append(track.attach());
      })
      .on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((element) => element.remove()))
      .on(RoomEvent.AudioPlaybackStatusChanged, () => this.#tell("sound", { allowed: room.canPlaybackAudio }))
      .on(RoomEvent.SignalReconnecting, () => this.#state("reconnecting"))
      .on(RoomEvent.Reconnecting, () => this.#state("reconnecting"))
      .on(RoomEvent.Reconnected, () => this.#agentTold())
      .on(RoomEvent.SignalConnected, () => this.#connected && this.#agentTold())
      .on(RoomEvent.Disconnected, (reason) => this.#connected && this.#disconnected(reason));
  }

  #agentTold() {
    const agent = agentOf(this.#room);
    const state = agent?.attributes["lk.agent.state"];
    if (state) clearTimeout(this.#waiting);
    if (state && state !== "initializing") setTimeout(this.#agentListens, SETTLES_IN);
    if (this.#connected) this.#state(state ?? "ringing");
  }

  #agentLeft() {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => agentOf(this.#room) ?? this.#end("agentLeft"), AGENT_MAY_BE_REPLACED);
  }

  #missed() {
    this.#end(agentOf(this.#room) ? "notReady" : "nobody");
  }

  #disconnected(reason) {
    this.#end(LOST.includes(reason) ? "lost" : "other");
  }

  #end(how, text) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#waiting);
    this.#closeMicrophone();
    this.#room.disconnect();
    this.#tell("over", { how, text });
  }

  #closeMicrophone() {
    this.#quiet();
    this.#quiet = () => {};
    this.#microphone?.stop();
  }

  #state(state) {
    if (!this.#over) this.#tell("state", { state });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
