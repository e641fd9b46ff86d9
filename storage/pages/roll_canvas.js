/* The drawing of a piano roll on a canvas: spectrum above, notes below, all of the excerpt as a strip.

   Times are seconds of the track, pitches MIDI numbers. Colours are the CSS variables --roll-… of the element.
   Loaded before piano_roll.js; nothing is fetched. */
"use strict";

const ROLL = {
  left: 38, axis: 18, strip: 30, gap: 8, shortest: 0.5, span: 24, arrival: 0.05,
  colours: ["paper", "ink", "soft", "line", "black-key", "found", "added", "missed", "short", "long", "outline", "playhead", "select"],
};

class RollCanvas {
  constructor(canvas, view) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.view = view;
    this.from = view.start;
    this.to = view.stop;
    this.playhead = null;
    this.selected = null;
    this.read();
    if (view.spectrum) this.load(view.spectrum);
  }

  /* Pitches that are shown, from the notes. */
  read() {
    const pitches = this.view.notes.map((note) => note.pitch);
    const [lowest, highest] = this.view.spectrum ? [this.view.spectrum.lowest, this.view.spectrum.highest] : [48, 72];
    const low = pitches.length ? pitches.reduce((one, other) => Math.min(one, other)) - 3 : lowest;
    const high = pitches.length ? pitches.reduce((one, other) => Math.max(one, other)) + 3 : highest;
    const spare = Math.max(0, ROLL.span - (high - low)) / 2;
    this.low = low - spare - 0.5;
    this.high = high + spare + 0.5;
  }

  load(spectrum) {
    this.picture = new Image();
    this.picture.onload = () => { this.levels = null; this.draw(); };
    this.picture.src = spectrum.url;
  }

  /* Show from one second to another, within the excerpt and not less than the shortest. */
  show(from, to) {
    const all = this.view.stop - this.view.start;
    const length = Math.min(all, Math.max(ROLL.shortest, to - from));
    const middle = (from + to) / 2;
    this.from = Math.min(Math.max(this.view.start, middle - length / 2), this.view.stop - length);
    this.to = this.from + length;
    this.draw();
  }

  /* Sizes in CSS pixels. */
  panes() {
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    const strip = { top: height - ROLL.strip, height: ROLL.strip };
    const room = strip.top - ROLL.axis - ROLL.gap;
    const upper = this.view.spectrum ? Math.round(room * 0.42) : 0;
    return {
      left: ROLL.left, width: Math.max(10, width - ROLL.left), right: width, height, strip,
      spectrum: { top: 0, height: upper },
      notes: { top: upper ? upper + ROLL.gap : 0, height: room - (upper ? upper + ROLL.gap : 0) },
    };
  }

  x(seconds) { return this.area.left + ((seconds - this.from) / (this.to - this.from)) * this.area.width; }
  seconds(x) { return this.from + ((x - this.area.left) / this.area.width) * (this.to - this.from); }
  stripX(seconds) { return this.area.left + ((seconds - this.view.start) / (this.view.stop - this.view.start)) * this.area.width; }
  stripSeconds(x) { return this.view.start + ((x - this.area.left) / this.area.width) * (this.view.stop - this.view.start); }
  y(pitch, pane) { return pane.top + ((this.high - pitch) / (this.high - this.low)) * pane.height; }
  pitch(y) { return Math.round(this.high - ((y - this.area.notes.top) / this.area.notes.height) * (this.high - this.low)); }
  inStrip(y) { return y >= this.area.strip.top; }

  /* The note at a point, of several the one that begins last. */
  noteAt(x, y) {
    const { notes } = this.area;
    if (y < notes.top || y > notes.top + notes.height) return null;
    const at = this.seconds(x), pitch = this.pitch(y), slack = 3 * (this.to - this.from) / this.area.width;
    const inside = (note) => note.pitch === pitch
      && at >= Math.min(note.onset, note.ref_onset ?? note.onset) - slack
      && at <= Math.max(note.offset, note.ref_offset ?? note.offset) + slack;
    return this.view.notes.filter(inside).pop() ?? null;
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio), height = Math.round(this.canvas.clientHeight * ratio);
    if (!width || !height) return;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const style = getComputedStyle(this.canvas);
    this.colour = Object.fromEntries(ROLL.colours.map((name) => [name, style.getPropertyValue(`--roll-${name}`).trim()]));
    this.area = this.panes();
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.fillStyle = this.colour.paper;
    this.context.fillRect(0, 0, this.area.right, this.area.height);
    this.context.font = "11px system-ui, sans-serif";
    if (this.area.spectrum.height) this.drawSpectrum();
    this.drawNotes();
    this.drawAxis();
    this.drawStrip();
    this.drawPlayhead();
  }

  clip(pane, drawing) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(this.area.left, pane.top, this.area.width, pane.height);
    this.context.clip();
    drawing();
    this.context.restore();
  }

  drawSpectrum() {
    const pane = this.area.spectrum, { spectrum } = this.view;
    this.clip(pane, () => {
      const levels = this.recoloured();
      if (levels) {
        this.context.imageSmoothingEnabled = false;
        const top = this.y(spectrum.highest, pane), bottom = this.y(spectrum.lowest, pane);
        const left = this.x(spectrum.start);
        this.context.drawImage(levels, left, top, this.x(spectrum.stop) - left, bottom - top);
      }
      const thin = pane.height / (this.high - this.low) < 5;  // Outlines would cover all of the row.
      this.context.globalAlpha = thin ? 0.45 : 1;
      for (const note of this.view.notes) {
        const [onset, offset] = note.ref_onset === undefined ? [note.onset, note.offset] : [note.ref_onset, note.ref_offset];
        if (note.kind !== "added" && this.isShown(note)) this.box(note.pitch, onset, offset, pane, thin ? this.colour.found : null, thin ? null : this.colour.found, 1.2);
      }
      this.context.globalAlpha = 1;
    });
    this.octaves(pane);
  }

  /* The grey picture in the colours of the scheme: quiet as paper, loud as ink. */
  recoloured() {
    if (!this.picture?.complete || !this.picture.naturalWidth) return null;
    const key = this.colour.paper + this.colour.ink;
    if (this.levels?.key === key) return this.levels.canvas;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: this.picture.naturalWidth, height: this.picture.naturalHeight });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.picture, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height), data = pixels.data;
    const [quiet, loud] = [this.colour.paper, this.colour.ink].map((colour) => RollCanvas.rgb(context, colour));
    for (let at = 0; at < data.length; at += 4) {
      const share = 0.85 * data[at] / 255;
      for (let part = 0; part < 3; part++) data[at + part] = quiet[part] + share * (loud[part] - quiet[part]);
    }
    context.putImageData(pixels, 0, 0);
    this.levels = { key, canvas };
    return canvas;
  }

  static rgb(context, colour) {
    const dot = document.createElement("canvas").getContext("2d");
    dot.fillStyle = colour;
    dot.fillRect(0, 0, 1, 1);
    return dot.getImageData(0, 0, 1, 1).data;
  }

  drawNotes() {
    const pane = this.area.notes, { context } = this;
    this.clip(pane, () => {
      context.fillStyle = this.colour["black-key"];
      for (let pitch = Math.ceil(this.low); pitch <= this.high; pitch++) {
        if ([1, 3, 6, 8, 10].includes(pitch % 12)) {
          const top = this.y(pitch + 0.5, pane);
          context.fillRect(this.area.left, top, this.area.width, this.y(pitch - 0.5, pane) - top);
        }
      }
      for (const note of this.view.notes) if (this.isShown(note)) this.drawNote(note, pane);
      if (this.selected) {
        const { pitch, onset, offset, ref_onset, ref_offset } = this.selected;
        const ends = [Math.min(onset, ref_onset ?? onset), Math.max(offset, ref_offset ?? offset)];
        this.box(pitch, ends[0], ends[1], pane, null, this.colour.select, 2.5, 2);
      }
    });
    this.octaves(pane);
  }

  isShown(note) {
    return Math.max(note.offset, note.ref_offset ?? note.offset) >= this.from
      && Math.min(note.onset, note.ref_onset ?? note.onset) <= this.to;
  }

  /* A note that was found has the outline of the true one; what is missing of its length is hatched. */
  drawNote(note, pane) {
    const { pitch, onset, offset } = note;
    if (note.kind === "missed" || note.kind === "added") {
      this.box(pitch, onset, offset, pane, this.colour[note.kind], this.colour.paper, 0.6);
      return;
    }
    if (note.ref_onset === undefined) {
      this.box(pitch, onset, offset, pane, this.colour.found, this.colour.paper, 0.6);
      return;
    }
    const end = Math.min(offset, note.ref_offset);
    this.box(pitch, onset, Math.max(end, onset), pane, this.colour.found, null, 0);
    if (note.end === "early") this.hatch(pitch, end, note.ref_offset, pane);
    if (offset > note.ref_offset) {
      const colour = note.end === "late" ? this.colour.long : this.colour.found;
      this.box(pitch, note.ref_offset, offset, pane, colour, null, 0);
    }
    this.box(pitch, note.ref_onset, note.ref_offset, pane, null, this.colour.outline, 0.9);
  }

  box(pitch, from, to, pane, fill, stroke, width, out = 0) {
    const left = this.x(from), top = this.y(pitch + 0.5, pane);
    const wide = Math.max(1.5, this.x(to) - left), high = Math.max(1.5, this.y(pitch - 0.5, pane) - top);
    if (fill) { this.context.fillStyle = fill; this.context.fillRect(left, top, wide, high); }
    if (stroke) {
      this.context.strokeStyle = stroke;
      this.context.lineWidth = width;
      this.context.strokeRect(left - out, top - out, wide + 2 * out, high + 2 * out);
    }
  }

  hatch(pitch, from, to, pane) {
    const { context } = this, left = this.x(from), right = this.x(to);
    const top = this.y(pitch + 0.5, pane), bottom = this.y(pitch - 0.5, pane), high = bottom - top;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, high);
    context.clip();
    context.strokeStyle = this.colour.short;
    context.lineWidth = 2;
    context.beginPath();
    const first = Math.max(left - high, this.area.left - high);
    for (let x = first - (first % 5); x < Math.min(right, this.area.right); x += 5) {
      context.moveTo(x, bottom);
      context.lineTo(x + high, top);
    }
    context.stroke();
    context.restore();
  }

  octaves(pane) {
    const { context } = this;
    context.fillStyle = this.colour.soft;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.strokeStyle = this.colour.line;
    context.lineWidth = 1;
    for (let pitch = 12; pitch < 128; pitch += 12) {
      if (pitch < this.low || pitch > this.high) continue;
      const line = Math.round(this.y(pitch - 0.5, pane)) + 0.5;
      const middle = this.y(pitch, pane);
      if (middle > pane.top + 5 && middle < pane.top + pane.height - 5) context.fillText(`C${pitch / 12 - 1}`, this.area.left - 6, middle);
      if (pane !== this.area.notes) continue;
      context.beginPath();
      context.moveTo(this.area.left, line);
      context.lineTo(this.area.right, line);
      context.stroke();
    }
    context.strokeRect(this.area.left + 0.5, pane.top + 0.5, this.area.width - 1, pane.height - 1);
  }

  drawAxis() {
    const { context } = this, pane = this.area.notes, top = pane.top + pane.height;
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120].find((each) => (each / (this.to - this.from)) * this.area.width >= 48) ?? 300;
    context.fillStyle = this.colour.soft;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (let n = Math.ceil(this.from / step); n * step <= this.to; n++) {
      const x = this.x(n * step);
      context.fillRect(x, top, 1, 4);
      if (x < this.area.right - 12) context.fillText(RollCanvas.clock(n * step, step < 1), x, top + 5);
    }
  }

  static clock(seconds, tenths) {
    const rest = tenths ? (seconds % 60).toFixed(1) : String(Math.round(seconds % 60));
    return seconds < 60 ? `${rest} s` : `${Math.floor(seconds / 60)}:${rest.padStart(tenths ? 4 : 2, "0")}`;
  }

  /* All of the excerpt: a mark for every note that has an error, and what part is shown. */
  drawStrip() {
    const { context } = this, { top, height } = this.area.strip;
    context.fillStyle = this.colour["black-key"];
    context.fillRect(this.area.left, top, this.area.width, height);
    this.clip(this.area.strip, () => this.drawStripNotes(top, height));
    const left = this.stripX(this.from), right = this.stripX(this.to);
    context.fillStyle = this.colour.soft;
    context.globalAlpha = 0.25;
    context.fillRect(this.area.left, top, left - this.area.left, height);
    context.fillRect(right, top, this.area.right - right, height);
    context.globalAlpha = 1;
    context.strokeStyle = this.colour.soft;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, Math.max(2, right - left - 1), height - 1);
  }

  drawStripNotes(top, height) {
    const { context } = this;
    for (const note of this.view.notes) {
      const name = RollCanvas.error(note);
      const shown = { missed: "missed", added: "added", early: "short", late: "long" }[name] ?? "found";
      const across = (this.high - note.pitch) / (this.high - this.low);
      context.globalAlpha = name || !note.kind ? 1 : 0.35;
      context.fillStyle = this.colour[shown];
      const left = this.stripX(note.onset);
      context.fillRect(left, top + 2 + across * (height - 6), Math.max(2, this.stripX(note.offset) - left), 2);
    }
    context.globalAlpha = 1;
  }

  /* What is wrong with a note: missed, added, its end early or late; empty where nothing is. */
  static error(note) {
    if (note.kind === "missed" || note.kind === "added") return note.kind;
    return note.end === "early" || note.end === "late" ? note.end : "";
  }

  drawPlayhead() {
    if (this.playhead === null) return;
    const { context } = this;
    context.fillStyle = this.colour.playhead;
    const x = this.x(this.playhead), { notes, spectrum, strip } = this.area;
    if (x >= this.area.left - 1 && x <= this.area.right) {
      context.fillRect(x - 1, spectrum.top, 2, notes.top + notes.height - spectrum.top);
    }
    context.fillRect(this.stripX(this.playhead) - 1, strip.top, 2, strip.height);
  }
}
