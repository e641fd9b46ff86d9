/* pianoRoll(element, view): a piano roll that can be zoomed, with a playhead in step with its players.

   view.start, view.stop   seconds of the track that are shown
   view.notes              objects, or {columns: [names], rows: [values]}: onset, offset, pitch; optional kind ("found",
                           "added", "missed"), ref_onset and ref_offset (the true note), end ("right", "early", "late"),
                           velocity, probability
   view.spectrum           null, or {url, start, stop, lowest, highest}: a grey picture, the highest bin first, loud white;
                           lowest and highest are the MIDI numbers of its edges
   view.players            {element: an audio element, name, start}: `start` is the second at which the file begins

   Returns {update(notes, stop), seek(seconds), play(seconds), destroy()}. Needs roll_canvas.js; nothing is fetched. */
"use strict";

const ROLL_KINDS = {
  found: ["found", "found"], missed: ["missed", "missed"], added: ["added, not in the reference", "added"],
  early: ["ends too early: what is missing", "short"], late: ["ends too late: what is too much", "long"],
};
const ROLL_NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

function pianoRoll(element, view) {
  const state = { view: { ...view, notes: rollNotes(view.notes) }, errors: new Set(["missed", "added", "early", "late"]), player: 0, cursor: view.start };
  const players = view.players ?? [];
  const parts = rollParts(element, state.view, players);
  const roll = new RollCanvas(parts.canvas, state.view);
  const listeners = [];

  const listen = (target, name, action, options) => {
    target.addEventListener(name, action, options);
    listeners.push(() => target.removeEventListener(name, action, options));
  };
  const player = () => players[state.player];
  const length = () => roll.to - roll.from;

  function place(seconds, follow) {
    state.cursor = Math.min(Math.max(seconds, state.view.start), state.view.stop);
    roll.playhead = state.cursor;
    if (follow && (state.cursor < roll.from || state.cursor > roll.to)) {
      const from = state.cursor - 0.1 * length();
      roll.show(from, from + length());
    } else {
      roll.draw();
    }
    parts.clock.textContent = `${state.cursor.toFixed(2)} of ${state.view.stop.toFixed(1)} s`;
  }

  function seek(seconds) {
    place(seconds, true);
    for (const each of players) each.element.currentTime = Math.max(0, state.cursor - each.start);
  }

  function zoom(factor, around = state.cursor >= roll.from && state.cursor <= roll.to ? state.cursor : (roll.from + roll.to) / 2) {
    roll.show(around - (around - roll.from) * factor, around + (roll.to - around) * factor);
  }

  function select(note) {
    roll.selected = note;
    parts.readout.textContent = note ? rollWords(note) : "";
    roll.draw();
  }

  /* To the next error after the one that is selected, or after the playhead; -1: to the one before. */
  function jump(step) {
    const errors = state.view.notes.filter((note) => state.errors.has(RollCanvas.error(note)));
    if (!errors.length) { parts.readout.textContent = "No error of the kinds that are switched on below."; return; }
    const at = errors.indexOf(roll.selected);
    let next = at + step;
    if (at < 0) next = step > 0 ? errors.findIndex((note) => note.onset >= state.cursor) : errors.findLastIndex((note) => note.onset < state.cursor);
    const note = errors[((next < 0 && at < 0 && step > 0 ? 0 : next) + errors.length) % errors.length];
    seek(note.onset);
    if (note.onset > roll.from + 0.8 * length()) roll.show(note.onset - 0.3 * length(), note.onset + 0.7 * length());
    select(note);
  }

  function toggle() {
    if (!player()) return;
    const { element } = player();
    if (element.paused) element.play().catch(() => {}); else element.pause();
  }

  function choose(index) {
    const wasPlaying = player() && !player().element.paused;
    if (wasPlaying) player().element.pause();
    state.player = index;
    seek(state.cursor);
    if (wasPlaying) player().element.play().catch(() => {});
    refresh();
  }

  function refresh() {
    parts.sounds.forEach((button, index) => button.setAttribute("aria-pressed", String(index === state.player)));
    if (parts.play) parts.play.textContent = player() && !player().element.paused ? "Pause" : "Play";
  }

  function frame() {
    const playing = players.findIndex((each) => !each.element.paused);
    if (playing >= 0) {
      place(players[playing].element.currentTime + players[playing].start, true);
      state.frame = requestAnimationFrame(frame);
    } else {
      state.frame = null;
    }
  }

  players.forEach((each, index) => {
    listen(each.element, "play", () => {
      players.forEach((other) => { if (other !== each) other.element.pause(); });
      state.player = index;
      refresh();
      if (!state.frame) frame();
    });
    listen(each.element, "pause", refresh);
    listen(each.element, "seeked", () => {
      if (index !== state.player) return;
      place(each.element.currentTime + each.start, true);
      for (const other of players) {
        const at = state.cursor - other.start;
        if (other !== each && Math.abs(other.element.currentTime - at) > 0.05) other.element.currentTime = Math.max(0, at);
      }
    });
  });

  const actions = {
    " ": toggle, n: () => jump(1), p: () => jump(-1), s: () => players.length > 1 && choose((state.player + 1) % players.length),
    ArrowLeft: () => seek(state.cursor - 1), ArrowRight: () => seek(state.cursor + 1),
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: () => roll.show(state.view.start, state.view.stop),
    Home: () => seek(state.view.start), End: () => seek(state.view.stop),
  };
  listen(element, "keydown", (event) => {
    const inControl = event.target.closest("button, audio, input") && (event.key === " " || event.target.tagName === "AUDIO");
    if (event.ctrlKey || event.metaKey || event.altKey || inControl || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
  for (const [button, action] of parts.buttons) listen(button, "click", actions[action]);
  parts.sounds.forEach((button, index) => listen(button, "click", () => choose(index)));
  for (const [kind, button] of parts.kinds) {
    listen(button, "click", () => {
      if (!state.errors.delete(kind)) state.errors.add(kind);
      button.setAttribute("aria-pressed", String(state.errors.has(kind)));
    });
  }
  rollGestures(parts.canvas, roll, { listen, seek, select, zoom });

  const resized = new ResizeObserver(() => roll.draw());
  resized.observe(parts.canvas);
  listen(window.matchMedia("(prefers-color-scheme: dark)"), "change", () => roll.draw());
  refresh();
  if (parts.canvas.clientWidth < 500) roll.show(view.start, view.start + 8);
  place(state.cursor, false);

  return {
    update(notes, stop = state.view.stop) {
      const atEnd = roll.to >= state.view.stop - 1e-6;
      state.view.notes = rollNotes(notes);
      state.view.stop = stop;
      roll.read();
      if (atEnd) roll.to = stop;
      place(state.cursor, false);
    },
    seek,
    play(seconds) {
      seek(seconds);
      if (player()?.element.paused) toggle();
    },
    destroy() {
      listeners.forEach((remove) => remove());
      resized.disconnect();
      if (state.frame) cancelAnimationFrame(state.frame);
      element.replaceChildren();
    },
  };
}

/* Notes as objects, by their beginning. */
function rollNotes(notes) {
  const objects = notes.columns
    ? notes.rows.map((row) => Object.fromEntries(notes.columns.map((name, at) => [name, row[at] ?? undefined])))
    : [...notes];
  return objects.sort((one, other) => one.onset - other.onset);
}

/* A note in words. */
function rollWords(note) {
  const name = `${ROLL_NAMES[note.pitch % 12]}${Math.floor(note.pitch / 12) - 1}`;
  const words = [`${name} at ${note.onset.toFixed(2)} s`];
  if (note.kind) words.push({ found: "found", missed: "missed", added: "added, not in the reference" }[note.kind] ?? note.kind);
  if (note.ref_onset === undefined) {
    words.push(`${(note.offset - note.onset).toFixed(2)} s long`);
  } else {
    const [lasts, found] = [note.ref_offset - note.ref_onset, note.offset - note.onset];
    const late = 1e3 * (note.onset - note.ref_onset);
    words.push(`onset ${Math.abs(late).toFixed(0)} ms ${late < 0 ? "early" : "late"}`);
    words.push(`${found.toFixed(2)} s of ${lasts.toFixed(2)} s${note.end === "early" ? ", ends too early" : note.end === "late" ? ", ends too late" : ""}`);
  }
  if (note.probability !== undefined) words.push(`probability ${note.probability.toFixed(2)}`);
  if (note.velocity !== undefined) words.push(`velocity ${note.velocity}`);
  return words.join(" · ");
}

/* The elements of the component: canvas, buttons, legend, the line about the note that is selected. */
function rollParts(element, view, players) {
  const made = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });
  const button = (text, title) => Object.assign(made("button", "", text), { type: "button", title });
  const bar = made("div", "roll-bar"), legend = made("div", "roll-legend"), buttons = [];
  const counts = new Map();
  for (const note of view.notes) {
    const kinds = new Set([note.kind, RollCanvas.error(note)]);
    for (const kind of kinds) if (kind) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const add = (text, title, action) => { const made = button(text, title); bar.append(made); buttons.push([made, action]); return made; };
  const play = players.length ? add("Play", "Space", " ") : null;
  const sounds = players.length > 1 ? players.map((each) => { const made = button(each.name, "s: the other sound at the same moment"); bar.append(made); return made; }) : [];
  if (counts.size) { add("‹ error", "p: the error before", "p"); add("error ›", "n: the next error", "n"); }
  add("−", "-: more at once", "-"); add("+", "+: zoom in", "+"); add("all", "0: all of the excerpt", "0");
  const clock = made("span", "roll-clock");
  bar.append(clock);
  const kinds = [];
  for (const [kind, [text, colour]] of Object.entries(ROLL_KINDS)) {
    if (!counts.has(kind)) continue;
    const isError = kind !== "found", label = made(isError ? "button" : "span", "");
    const swatch = made("span", `roll-swatch ${colour}`);
    swatch.style.setProperty("--swatch", `var(--roll-${colour})`);
    label.append(swatch, `${text} (${counts.get(kind)})`);
    if (isError) {
      Object.assign(label, { type: "button", title: "Whether the keys n and p stop here" }).setAttribute("aria-pressed", "true");
      kinds.push([kind, label]);
    }
    legend.append(label);
  }
  const canvas = made("canvas", ""), readout = made("p", "roll-readout"), help = made("p", "roll-help");
  readout.setAttribute("aria-live", "polite");
  help.textContent = [
    ...(players.length ? ["Space: play"] : []), ...(players.length > 1 ? ["s: the other sound"] : []),
    ...(counts.size ? ["n, p: next, previous error"] : []), "arrows: one second", "+, −, 0: zoom", "drag to move", "click to listen from there",
  ].join(" · ");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Piano roll of ${view.notes.length} notes`);
  element.classList.add("piano-roll");
  element.classList.toggle("without-spectrum", !view.spectrum);
  element.tabIndex = 0;
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Piano roll");
  element.replaceChildren(bar, canvas, legend, readout, help);
  return { canvas, clock, readout, play, sounds, buttons, kinds };
}

/* Drag to move, click to seek and to select a note, two fingers or the wheel with Ctrl to zoom, the strip to travel. */
function rollGestures(canvas, roll, { listen, seek, select, zoom }) {
  const points = new Map();
  let start = null;
  const at = (event) => { const box = canvas.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };
  const travel = (x) => { const middle = roll.stripSeconds(x), half = (roll.to - roll.from) / 2; roll.show(middle - half, middle + half); };

  listen(canvas, "pointerdown", (event) => {
    points.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
    start = { ...at(event), from: roll.from, to: roll.to, moved: false, strip: roll.inStrip(at(event).y) };
    if (points.size === 2) start.apart = apart();
    if (start.strip) travel(start.x);
  });
  listen(canvas, "pointermove", (event) => {
    const point = at(event);
    if (!points.has(event.pointerId)) { canvas.title = hint(roll.noteAt(point.x, point.y)); return; }
    points.set(event.pointerId, point);
    if (Math.abs(point.x - start.x) > 3) start.moved = true;
    if (points.size === 2 && start.apart) {
      const middle = (start.from + start.to) / 2, half = (start.to - start.from) / 2 * start.apart / Math.max(apart(), 1);
      roll.show(middle - half, middle + half);
    } else if (start.strip) {
      travel(point.x);
    } else if (start.moved) {
      const shift = (start.x - point.x) / roll.area.width * (start.to - start.from);
      roll.show(start.from + shift, start.to + shift);
    }
  });
  const end = (event) => {
    const point = at(event);
    if (points.delete(event.pointerId) && event.type === "pointerup" && !start.moved && !start.strip && point.x >= roll.area.left) {
      seek(roll.seconds(point.x));
      select(roll.noteAt(point.x, point.y));
    }
  };
  listen(canvas, "pointerup", end);
  listen(canvas, "pointercancel", end);
  listen(canvas, "wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(event.deltaY / 300), roll.seconds(at(event).x));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      const shift = event.deltaX / roll.area.width * (roll.to - roll.from);
      roll.show(roll.from + shift, roll.to + shift);
    }
  }, { passive: false });

  function apart() { const [one, other] = [...points.values()]; return Math.abs(one.x - other.x); }
  function hint(note) { return note ? rollWords(note) : ""; }
}

/* Every roll of a page: its data in the element of type application/json, its players by their data-start, and buttons
   that play it from a second on by their data-play. */
function pianoRollsOfPage() {
  for (const element of document.querySelectorAll("[data-roll]")) {
    const view = JSON.parse(document.getElementById(element.dataset.roll).textContent);
    const players = [...document.querySelectorAll(`audio[data-of="${element.dataset.roll}"]`)];
    view.players = players.map((audio) => ({ element: audio, name: audio.dataset.name, start: Number(audio.dataset.start) }));
    const roll = pianoRoll(element, view);
    for (const button of document.querySelectorAll(`button[data-of="${element.dataset.roll}"]`)) {
      button.addEventListener("click", () => {
        element.scrollIntoView({ block: "nearest" });
        roll.play(Number(button.dataset.play));
      });
    }
  }
}
