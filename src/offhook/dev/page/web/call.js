// One call: the room, the microphone, the agent in the room, and how the call ended.

import { measure } from "/level.js";
import { fetchAccess, newRoom } from "/room.js";
import { say, transcribe } from "/transcript.js";

const { DisconnectReason, RoomEvent, Track, createLocalAudioTrack } = window.LivekitClient;

const AGENT_TIMEOUT = 20_000;
const REPLACEMENT_TIMEOUT = 4_000;
// Text sent in the first moments of a connection may be lost without an error.
const SETTLE_TIME = 300;

const LOST = [
  undefined,
  DisconnectReason.UNKNOWN_REASON,
  DisconnectReason.STATE_MISMATCH,
  DisconnectReason.SIGNAL_CLOSE,
  DisconnectReason.SERVER_SHUTDOWN,
  DisconnectReason.JOIN_FAILURE,
];

const agentOf = (room) =>
  [...room.remoteParticipants.values()].find((one) => one.isAgent && !one.attributes["lk.publish_on_behalf"]);

export class Call extends EventTarget {
  #room = newRoom();
  #microphone = null;
  #stopMeter = () => {};
  #waiting = 0;
  #over = false;
  #connected = false;
  #resolveListening = () => {};
  #listening = new Promise((resolve) => (this.#resolveListening = resolve));

  // Places the call; resolves when the call is connected or over.
  async start({ speaking, follow }) {
    if (speaking) await this.#openMicrophone();
    if (this.#over) return;
    this.#state("connecting");
    const access = await fetchAccess((how, text) => this.#end(how, text));
    if (!access) return;
    follow(access.room);
    this.#subscribe();
    try {
      await this.#room.connect(access.url, access.token);
    } catch (error) {
      console.info(error.message);
      return this.#end("noServer");
    }
    if (this.#over) return this.#room.disconnect();
    this.#connected = true;
    this.#emit("connected");
    this.#state("ringing");
    this.#waiting = setTimeout(() => this.#onAgentTimeout(), AGENT_TIMEOUT);
    this.#updateState();
    if (this.#microphone) await this.#publish();
  }

  // Opens the microphone during a call, after the user has allowed it or plugged it in.
  async speak() {
    await this.#openMicrophone();
    if (this.#microphone && this.#connected) await this.#publish();
  }

  // Sends the text when the agent listens, because earlier text would be lost.
  async say(text) {
    await this.#listening;
    return say(this.#room, text);
  }

  async mute(muted) {
    await (muted ? this.#microphone?.mute() : this.#microphone?.unmute());
    this.#emit("muted", { muted });
  }

  hangUp() {
    this.#end("hungUp");
  }

  playSound() {
    return this.#room.startAudio();
  }

  async #openMicrophone() {
    this.#state("microphone");
    try {
      this.#microphone = await createLocalAudioTrack({ echoCancellation: true, noiseSuppression: true });
    } catch (error) {
      this.#emit("microphone", { error });
      return;
    }
    if (this.#over) return this.#closeMicrophone();
    this.#stopMeter = measure(this.#microphone.mediaStreamTrack, (level) => this.#emit("level", { level }));
    this.#microphone.on("ended", () => this.#emit("microphone", { error: { name: "NotFoundError" } }));
    this.#emit("microphone", {});
    this.#updateState();
  }

  async #publish() {
    await this.#room.localParticipant.publishTrack(this.#microphone, { source: Track.Source.Microphone });
  }

  #subscribe() {
    const room = this.#room;
    transcribe(room, (line) => this.#emit("line", line));
    room
      .on(RoomEvent.ParticipantConnected, () => this.#updateState())
      .on(RoomEvent.ParticipantAttributesChanged, () => this.#updateState())
      .on(RoomEvent.ParticipantDisconnected, (one) => one.isAgent && this.#onAgentLeft())
      .on(RoomEvent.TrackSubscribed, (track) => {
        if (track.kind === Track.Kind.Audio) document.body.append(track.attach());
      })
      .on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((element) => element.remove()))
      .on(RoomEvent.AudioPlaybackStatusChanged, () => this.#emit("sound", { allowed: room.canPlaybackAudio }))
      .on(RoomEvent.SignalReconnecting, () => this.#state("reconnecting"))
      .on(RoomEvent.Reconnecting, () => this.#state("reconnecting"))
      .on(RoomEvent.Reconnected, () => this.#updateState())
      .on(RoomEvent.SignalConnected, () => this.#connected && this.#updateState())
      .on(RoomEvent.Disconnected, (reason) => this.#connected && this.#onDisconnected(reason));
  }

  #updateState() {
    const agent = agentOf(this.#room);
    const state = agent?.attributes["lk.agent.state"];
    if (state) clearTimeout(this.#waiting);
    if (state && state !== "initializing") setTimeout(this.#resolveListening, SETTLE_TIME);
    if (this.#connected) this.#state(state ?? "ringing");
  }

  #onAgentLeft() {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => agentOf(this.#room) ?? this.#end("agentLeft"), REPLACEMENT_TIMEOUT);
  }

  #onAgentTimeout() {
    this.#end(agentOf(this.#room) ? "notReady" : "nobody");
  }

  #onDisconnected(reason) {
    this.#end(LOST.includes(reason) ? "lost" : "other");
  }

  #end(how, text) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#waiting);
    this.#closeMicrophone();
    this.#room.disconnect();
    this.#emit("over", { how, text });
  }

  #closeMicrophone() {
    this.#stopMeter();
    this.#stopMeter = () => {};
    this.#microphone?.stop();
  }

  #state(state) {
    if (!this.#over) this.#emit("state", { state });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
