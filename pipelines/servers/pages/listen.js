/* The page of `mirliton listen`: recordings are sent, followed while a model works on them, and shown. */
"use strict";

const POLL = 400, PATIENCE = 4000; /* ms */
const PROCESSING = "seconds of audio processed", STAGES = { "seconds of notes rendered": "playing the notes that were found" };
const find = (id) => document.getElementById(id);
const all = []; /* recordings */
const page = { models: [], most_bytes: Infinity, most_seconds: Infinity };

async function request(path, options) {
  const response = await fetch(path, options).catch(() => null);
  if (!response) throw new Error("The server does not answer. Is mirliton listen still running?");
  if (response.status === 204) return null;
  const document = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(document.error ?? `The server refuses this (${response.status}).`), { status: response.status });
  return document;
}

function complain(error) {
  const problem = find("problem");
  problem.textContent = error ? error.message ?? String(error) : "";
  problem.hidden = !error;
}

/* MB of bytes, minutes of seconds, to two digits. */
const few = (value) => Number(value.toPrecision(2));
/* Minutes and seconds. */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

async function begin() {
  Object.assign(page, await request("/api/page"));
  for (const { task, name } of page.models) find("task").append(new Option(`${task.replaceAll("_", " ")}: ${name}`, task));
  const limits = `At most ${few(page.most_bytes / 1e6)} MB and ${few(page.most_seconds / 60)} minutes`;
  find("limits").textContent = `${limits} a recording. It stays on the machine where mirliton ${page.version} runs, and is deleted with the server's end.`;
  for (const id of location.hash.slice(1).split(",").filter(Boolean)) all.push(new Recording({ id }));
}

/* A recording on the page: its element, what it is at, its roll or chart. */
class Recording {
  constructor({ file, id }) {
    this.element = find("recording").content.firstElementChild.cloneNode(true);
    this.part = (name) => this.element.querySelector(name);
    this.revision = 0;
    find("recordings").prepend(this.element);
    this.part(".remove").addEventListener("click", () => this.remove());
    if (id) { this.id = id; this.poll(); } else { this.send(file); }
  }

  status(text) { this.part(".status").textContent = text; }

  fail(message) {
    this.element.classList.add("failed");
    this.part("progress").hidden = true;
    this.status(message);
  }

  send(file) {
    const task = find("task").value;
    this.part("h2").textContent = file.name;
    if (file.size > page.most_bytes) return this.fail(`Expected a file of at most ${few(page.most_bytes / 1e6)} MB. Received: ${few(file.size / 1e6)} MB. Remedy: give a compressed file, or use mirliton transcribe.`);
    const sent = this.sent = new XMLHttpRequest();
    sent.open("POST", `/api/recordings?task=${encodeURIComponent(task)}&name=${encodeURIComponent(file.name)}`);
    sent.responseType = "json";
    sent.upload.onprogress = ({ loaded, total }) => { this.advance(loaded, total); this.status(`sending, ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`); };
    sent.onerror = () => this.fail("The server does not take this recording: it ended, or refuses what is too large.");
    sent.onload = () => {
      if (sent.status !== 201) return this.fail(sent.response?.error ?? `The server refuses this (${sent.status}).`);
      this.id = sent.response.id;
      keepAddress();
      this.poll();
    };
    this.status("sending");
    sent.send(file);
  }

  advance(done, total) {
    const bar = this.part("progress");
    if (total > 0) Object.assign(bar, { max: total, value: Math.min(done, total) }); else bar.removeAttribute("value");
  }

  async poll() {
    try {
      const job = await request(`/api/recordings/${this.id}`);
      await this.show(job);
      if (job.state === "waiting" || job.state === "running") this.timer = setTimeout(() => this.poll(), POLL);
    } catch (error) {
      if (error.status) return this.fail(error.message);
      this.status(error.message);
      this.timer = setTimeout(() => this.poll(), PATIENCE);
    }
  }

  async show(job) {
    this.part("h2").textContent = job.name;
    this.part(".warnings").replaceChildren(...job.warnings.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    if (job.state === "failed") return this.fail(job.error || "This recording was removed.");
    if (job.revision > this.revision) {
      const shown = await request(`/api/recordings/${job.id}/shown`);
      this.revision = job.revision;
      this.reached = shown.reached;
      this.draw(job, shown);
    }
    if (this.reached === undefined) this.advance(job.done, job.total); else this.advance(this.reached, job.seconds);
    this.status(this.words(job));
    if (job.state === "done") this.finish(job);
  }

  words(job) {
    if (job.state === "done") return `${job.summary} · ${clock(job.seconds)} min · ${this.modelOf(job)}`;
    if (job.state === "waiting") return "waiting for the recordings before it";
    if (job.stage !== PROCESSING) return STAGES[job.stage] ?? job.stage;
    if (this.reached === undefined) return "working";
    return `transcribing, ${clock(this.reached)} of ${clock(job.seconds)} min, ${this.notes} notes so far`;
  }

  modelOf(job) { return page.models.find((each) => each.task === job.task)?.name ?? job.task; }

  draw(job, shown) {
    if (shown.classes) return this.drawClasses(job, shown);
    this.notes = shown.notes.rows.length;
    if (this.roll && job.state !== "done") return this.roll.update(shown.notes, shown.stop);
    this.roll?.destroy();
    const players = [["recording", job.recording], ["notes found", job.rendition]].filter(([, url]) => url);
    this.roll = pianoRoll(this.part(".result"), { ...shown, players: players.map(([name, url]) => ({ element: this.player(name, url), name, start: 0 })) });
  }

  drawClasses(job, shown) {
    this.chart?.destroy();
    this.chart = classChart(this.part(".result"), shown, this.player("recording", job.recording));
  }

  /* The player of a sound, which is made once. */
  player(name, url) {
    const sounds = this.part(".sounds"), known = [...sounds.querySelectorAll("audio")].find((each) => each.dataset.url === url);
    if (known) return known;
    const audio = Object.assign(document.createElement("audio"), { controls: true, preload: "auto", src: url });
    audio.dataset.url = url;
    const figure = document.createElement("figure");
    figure.append(Object.assign(document.createElement("figcaption"), { textContent: name }), audio);
    sounds.append(figure);
    return audio;
  }

  finish(job) {
    this.part("progress").hidden = true;
    this.element.classList.add("done");
    this.part(".files").replaceChildren(...job.files.map(({ name, url }) => Object.assign(document.createElement("a"), { textContent: name, href: url, download: name })));
  }

  async remove() {
    clearTimeout(this.timer);
    this.sent?.abort();
    this.roll?.destroy();
    this.chart?.destroy();
    this.element.remove();
    const { id } = this;
    this.id = null;
    keepAddress();
    if (id) await request(`/api/recordings/${id}`, { method: "DELETE" }).catch(() => {});
  }
}


/* Keep the recordings in the address, so that they are there when the page is loaded again. */
function keepAddress() {
  history.replaceState(null, "", `#${all.map((each) => each.id).filter(Boolean).join(",")}`);
}

function add(files) {
  complain(null);
  for (const file of files) all.push(new Recording({ file }));
}

async function microphone() {
  const button = find("record"), status = find("microphone"), level = find("level");
  if (page.recorder) return page.recorder.stop();
  complain(null);
  try {
    page.recorder = await record(page.most_seconds, (peak, seconds) => { level.value = peak; status.textContent = `recording, ${clock(seconds)}`; });
  } catch (error) {
    return complain(new Error(navigator.mediaDevices ? `The microphone cannot be used: ${error.message}` : "Browsers give the microphone only to pages of this machine (http://localhost) and of https."));
  }
  button.setAttribute("aria-pressed", "true");
  button.textContent = "Stop and use it";
  level.hidden = false;
  const blob = await page.recorder.finished;
  page.recorder = null;
  button.setAttribute("aria-pressed", "false");
  button.textContent = "Record from the microphone";
  level.hidden = true;
  status.textContent = "";
  const name = `recording ${new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", "-")}.wav`;
  add([new File([blob], name, { type: blob.type })]);
}

const drop = find("drop");
find("form").addEventListener("submit", (event) => event.preventDefault());
find("file").addEventListener("change", ({ target }) => { add([...target.files]); target.value = ""; });
find("record").addEventListener("click", microphone);
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); add([...event.dataTransfer.files]); });
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
begin().catch(complain);
