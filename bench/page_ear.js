// Records the peak levels of both sides of a call on the talk page, with the clock of one AudioContext.
//
// `heard.blocks` has a row for every 128 samples: the time in seconds, the peak of the microphone and the peak of the
// agent's audio. The agent's audio comes from the page's audio elements, after the jitter buffer.
// `heard.clicked` is the time of the first click, on the same clock.

const PROCESSOR = `
registerProcessor("ear", class extends AudioWorkletProcessor {
  process(inputs) {
    const peak = ([samples]) => samples ? samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0) : 0;
    this.port.postMessage([currentTime, ...inputs.map(peak)]);
    return true;
  }
});`;

window.heard = { blocks: [], clicked: null };

const context = new AudioContext({ sampleRate: 48000 });
let behind = Infinity; // the page's clock minus the context's clock, without the delays of messages
let clicked = null;

const ready = (async () => {
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([PROCESSOR], { type: "text/javascript" })));
  const ear = new AudioWorkletNode(context, "ear", { numberOfInputs: 2, numberOfOutputs: 0 });
  ear.port.onmessage = ({ data }) => {
    behind = Math.min(behind, performance.now() / 1000 - data[0]);
    if (clicked !== null) window.heard.clicked = clicked - behind;
    window.heard.blocks.push(data);
  };
  return ear;
})();

async function hear(stream, input) {
  context.createMediaStreamSource(stream).connect(await ready, 0, input);
}

document.addEventListener("click", () => (clicked ??= performance.now() / 1000), true);

const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wishes) => {
  const stream = await open(wishes);
  hear(stream.clone(), 0);
  return stream;
};

const connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...options) {
    super(...options);
    connections.push(this);
  }
};

// Returns the mean delay of the agent's audio in the jitter buffer, in seconds.
window.buffered = async () => {
  const reports = await Promise.all(connections.map((one) => one.getStats()));
  const sounds = reports.flatMap((one) => [...one.values()]).filter((one) => one.type === "inbound-rtp");
  const sum = (name) => sounds.reduce((total, one) => total + one[name], 0);
  return sum("jitterBufferDelay") / sum("jitterBufferEmittedCount");
};

new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const one of addedNodes) if (one instanceof HTMLAudioElement) hear(one.srcObject, 1);
}).observe(document, { childList: true, subtree: true });
