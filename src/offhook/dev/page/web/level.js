// The level of the microphone, in six steps.

const MAX_LEVEL = 5;

// Calls `onChange(0..5)` when the level changes; returns a function that stops the meter.
export function measure(track, onChange) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let shown = 0;
  let frame = 0;

  function poll() {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = 10 * Math.log10(power + 1e-10);
    const step = Math.max(0, Math.min(MAX_LEVEL, Math.ceil((decibels + 55) / 8)));
    const now = step >= shown ? step : shown - 1;
    if (now !== shown) onChange((shown = now));
    frame = requestAnimationFrame(poll);
  }

  poll();
  return () => {
    cancelAnimationFrame(frame);
    onChange(0);
    return context.close();
  };
}
