// The people in the room: who they are, and whether they speak.

const { ParticipantKind } = window.LivekitClient;

const ON_BEHALF = "lk.publish_on_behalf";

const kindOf = (one) => {
  if (one.isAgent) return "agent";
  if (one.kind === ParticipantKind.SIP) return "phone";
  return one.permissions?.canPublish === false ? "listener" : "caller";
};

const nameOf = (one) => (one.isAgent ? one.attributes["lk.agent.name"] || one.name || "Agent" : one.name || one.identity);

export class People {
  #known = new Map();

  constructor(room) {
    this.room = room;
  }

  // All participants, without programs that publish for another participant, such as an avatar.
  all() {
    const present = [...this.room.remoteParticipants.values()].filter((one) => !one.attributes[ON_BEHALF]);
    return present.map((one) => this.#remember(one));
  }

  // Returns who the participant is, even after the participant has left, because the last words may arrive later.
  find(identity) {
    const there = this.room.remoteParticipants.get(identity);
    const owner = there?.attributes[ON_BEHALF];
    if (owner && owner !== identity) return this.find(owner);
    return there ? this.#remember(there) : (this.#known.get(identity) ?? { identity, kind: "caller", name: identity });
  }

  speaker(identity) {
    const { kind, name } = this.find(identity);
    return { who: kind === "agent" ? "agent" : "caller", name };
  }

  // The state that an agent publishes, such as "thinking".
  agentState() {
    const agents = [...this.room.remoteParticipants.values()].filter((one) => one.isAgent);
    return agents.map((one) => one.attributes["lk.agent.state"]).find(Boolean);
  }

  #remember(one) {
    const person = { identity: one.identity, kind: kindOf(one), name: nameOf(one), speaking: one.isSpeaking };
    this.#known.set(one.identity, person);
    return person;
  }
}
