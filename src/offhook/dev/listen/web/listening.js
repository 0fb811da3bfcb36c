// Receives one room: its audio, its people, its transcript, and its end. Sends nothing to the room.

import { measure } from "/level.js";
import { People } from "/people.js";
import { fetchAccess, newRoom } from "/room.js";
import { transcribe } from "/transcript.js";

const { DisconnectReason, RoomEvent, Track } = window.LivekitClient;

const LEFT_TIMEOUT = 10_000; // a caller or an agent may come back

const CLOSED = [DisconnectReason.ROOM_DELETED, DisconnectReason.ROOM_CLOSED];

export class Listening extends EventTarget {
  #room = newRoom();
  #people = new People(this.#room);
  #meters = new Map();
  #met = false;
  #alone = 0;
  #over = false;
  #connected = false;

  async start() {
    this.#emit("state", { state: "connecting" });
    const access = await fetchAccess((how, text) => this.#end(how, text));
    if (!access || this.#over) return;
    this.#subscribe();
    try {
      await this.#room.connect(access.url, access.token, { autoSubscribe: false });
    } catch (error) {
      console.info(error.message);
      return this.#end("noServer");
    }
    if (this.#over) return this.#room.disconnect();
    this.#connected = true;
    this.#emit("connected");
    for (const one of this.#room.remoteParticipants.values()) {
      one.trackPublications.forEach((publication) => this.#onPublished(publication));
    }
    this.#update();
  }

  stop() {
    this.#end("stopped");
  }

  playSound() {
    return this.#room.startAudio();
  }

  #subscribe() {
    const room = this.#room;
    transcribe(room, (line) => this.#emit("line", line), (identity) => this.#people.speaker(identity));
    room
      .on(RoomEvent.ParticipantConnected, () => this.#update())
      .on(RoomEvent.ParticipantDisconnected, () => this.#update())
      .on(RoomEvent.ParticipantAttributesChanged, () => this.#update())
      .on(RoomEvent.ParticipantNameChanged, () => this.#update())
      .on(RoomEvent.ParticipantPermissionsChanged, () => this.#update())
      .on(RoomEvent.ActiveSpeakersChanged, () => this.#update())
      .on(RoomEvent.TrackPublished, (publication) => this.#onPublished(publication))
      .on(RoomEvent.TrackSubscribed, (track, _publication, one) => this.#onSubscribed(track, one.identity))
      .on(RoomEvent.TrackUnsubscribed, (track) => this.#onUnsubscribed(track))
      .on(RoomEvent.AudioPlaybackStatusChanged, () => this.#emit("sound", { allowed: room.canPlaybackAudio }))
      .on(RoomEvent.SignalReconnecting, () => this.#emit("state", { state: "reconnecting" }))
      .on(RoomEvent.Reconnecting, () => this.#emit("state", { state: "reconnecting" }))
      .on(RoomEvent.Reconnected, () => this.#update())
      .on(RoomEvent.SignalConnected, () => this.#update())
      .on(RoomEvent.Disconnected, (reason) => this.#connected && this.#onDisconnected(reason));
  }

  // Requests only audio. Video would cost bandwidth, even for the person who publishes it.
  #onPublished(publication) {
    if (publication.kind === Track.Kind.Audio) publication.setSubscribed(true);
  }

  #onSubscribed(track, identity) {
    document.body.append(track.attach());
    const person = this.#people.find(identity).identity;
    this.#meters.set(track.sid, measure(track.mediaStreamTrack, (level) => this.#emit("level", { person, level })));
  }

  #onUnsubscribed(track) {
    track.detach().forEach((element) => element.remove());
    this.#meters.get(track.sid)?.();
    this.#meters.delete(track.sid);
  }

  #update() {
    if (!this.#connected || this.#over) return;
    const people = this.#people.all();
    const empty = people.every((one) => one.kind === "listener");
    this.#met ||= !empty;
    clearTimeout(this.#alone);
    if (empty && this.#met) this.#alone = setTimeout(() => this.#end("left"), LEFT_TIMEOUT);
    this.#emit("people", { people, agent: people.some((one) => one.kind === "agent") });
    const speakers = people.filter((one) => one.speaking).map((one) => one.name);
    const thinking = this.#people.agentState() === "thinking";
    this.#emit("state", { state: empty ? "empty" : thinking ? "thinking" : "quiet", speakers });
  }

  #onDisconnected(reason) {
    if (CLOSED.includes(reason)) this.#end("closed");
    else this.#end(reason === DisconnectReason.PARTICIPANT_REMOVED ? "removed" : "lost");
  }

  #end(how, text) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#alone);
    this.#meters.forEach((stop) => stop());
    this.#meters.clear();
    this.#room.disconnect();
    this.#emit("over", { how, text });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
