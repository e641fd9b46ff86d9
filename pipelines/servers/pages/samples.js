/* Runs in the thread of the sound: hands over the samples of the first channel as they come. */
class Samples extends AudioWorkletProcessor {
  process(inputs) {
    const [channel] = inputs[0];
    if (channel) this.port.postMessage(channel.slice());
    return true;
  }
}
registerProcessor("samples", Samples);
