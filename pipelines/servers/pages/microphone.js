/* record(mostSeconds, onLevel): records from the microphone until stop() is called, or for so many seconds.

   Samples are kept as they come and written as a WAV file: what browsers' own recorders write (WebM) would have to be
   decoded by ffmpeg, and echo cancellation and noise suppression are made for speech.
   Resolves to {stop(), finished}; `finished` resolves to a Blob. onLevel(peak, seconds) is called some times a second. */
"use strict";

async function record(mostSeconds, onLevel) {
  const wishes = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: wishes });
  const context = new AudioContext();
  await context.audioWorklet.addModule("/static/samples.js");
  const source = context.createMediaStreamSource(stream), node = new AudioWorkletNode(context, "samples", { numberOfOutputs: 0 });
  const blocks = [], sr = context.sampleRate, most = Math.floor((mostSeconds - 0.5) * sr);
  let n = 0, peak = 0, since = 0, resolve;
  const finished = new Promise((done) => { resolve = done; });
  const stop = () => {
    if (!resolve) return;
    node.port.onmessage = null;
    for (const track of stream.getTracks()) track.stop();
    context.close();
    resolve(wavFile(blocks, n, sr));
    resolve = null;
  };
  node.port.onmessage = ({ data }) => {
    blocks.push(data);
    n += data.length;
    for (const value of data) peak = Math.max(peak, Math.abs(value));
    if (n - since > sr / 10) { onLevel(peak, n / sr); since = n; peak = 0; }
    if (n >= most) stop();
  };
  source.connect(node);
  return { stop, finished };
}

/* A WAV file of 16 bits, mono. */
function wavFile(blocks, n, sr) {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * n));
  const word = (at, text) => [...text].forEach((letter, i) => bytes.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF"); bytes.setUint32(4, 36 + 2 * n, true); word(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true); bytes.setUint16(20, 1, true); bytes.setUint16(22, 1, true);
  bytes.setUint32(24, sr, true); bytes.setUint32(28, 2 * sr, true); bytes.setUint16(32, 2, true); bytes.setUint16(34, 16, true);
  word(36, "data"); bytes.setUint32(40, 2 * n, true);
  let at = 44;
  for (const block of blocks) {
    for (const value of block) { bytes.setInt16(at, Math.round(32767 * Math.min(1, Math.max(-1, value))), true); at += 2; }
  }
  return new Blob([bytes], { type: "audio/wav" });
}
