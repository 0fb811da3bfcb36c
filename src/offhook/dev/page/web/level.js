// How loud the microphone is, in six steps.

const LOUDEST = 5;

// Calls `tell(0..5)` when it changes; returns a function that ends it.
export function measure(track, tell) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let shown = 0;
  let frame = 0;

  function look() {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = 10 * Math.log10(power + 1e-10);
    const step = Math.max(0, Math.min(LOUDEST, Math.ceil((decibels + 55) / 8)));
    const now = step >= shown ? step : shown - 1;
    if (now !== shown) tell((shown = now));
    frame = requestAnimationFrame(look);
  }

  look();
  return () => {
    cancelAnimationFrame(frame);
    tell(0);
    return context.close();
  };
}
