/* classChart(element, view, audio): probabilities of classes over a recording, and all alternatives at the playhead.

   view.classes        names
   view.starts         seconds at which the windows begin
   view.seconds        length of a window
   view.probabilities  a row per window, a column per class
   view.top            [name, mean probability], the most probable first

   The most probable classes are stacked, all others are the rest up to 1. Returns {destroy()}. */
"use strict";

const CLASS_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];
const CLASS_OTHERS = "#9aa6b1";
const CHART = { left: 38, axis: 18, listed: 8 };

function classChart(element, view, audio) {
  const shown = view.top.slice(0, CLASS_COLOURS.length).map(([name]) => name);
  const columns = shown.map((name) => view.classes.indexOf(name));
  const stop = view.starts[view.starts.length - 1] + view.seconds;
  const canvas = document.createElement("canvas"), moment = document.createElement("p"), list = document.createElement("ol");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Probabilities over time, on average ${view.top.slice(0, 3).map(([name, p]) => `${name} ${p.toFixed(2)}`).join(", ")}`);
  moment.className = "moment";
  element.classList.add("class-chart");
  element.replaceChildren(canvas, moment, list);

  /* The last window that has begun, and its probabilities. */
  const windowAt = (seconds) => Math.max(0, view.starts.findLastIndex((start) => start <= seconds));
  const x = (seconds) => CHART.left + (seconds / stop) * (canvas.clientWidth - CHART.left);
  const colour = (name) => CLASS_COLOURS[shown.indexOf(name)] ?? CLASS_OTHERS;

  function draw() {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const pen = canvas.getContext("2d"), bottom = height - CHART.axis, style = getComputedStyle(document.documentElement);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = "11px system-ui, sans-serif";
    view.starts.forEach((start, row) => {
      const left = x(start), right = x(view.starts[row + 1] ?? stop);
      let level = 0;
      columns.forEach((column, place) => {
        const share = view.probabilities[row][column];
        pen.fillStyle = CLASS_COLOURS[place];
        pen.fillRect(left, bottom * (1 - level - share), right - left + 0.5, bottom * share);
        level += share;
      });
      pen.fillStyle = CLASS_OTHERS;
      pen.globalAlpha = 0.35;
      pen.fillRect(left, 0, right - left + 0.5, bottom * Math.max(0, 1 - level));
      pen.globalAlpha = 1;
    });
    pen.fillStyle = style.getPropertyValue("--soft");
    for (const level of [0, 0.5, 1]) pen.fillText(level.toFixed(1), 8, Math.min(bottom, Math.max(10, bottom * (1 - level) + 4)));
    const step = [1, 2, 5, 10, 20, 30, 60, 120, 300].find((each) => stop / each <= 8) ?? 600;
    for (let second = 0; second <= stop; second += step) pen.fillText(`${second} s`, Math.min(x(second), width - 30), height - 4);
    pen.fillStyle = style.getPropertyValue("--ink");
    pen.fillRect(x(audio.currentTime) - 1, 0, 2, bottom);
  }

  function listAlternatives() {
    const row = windowAt(audio.currentTime), start = view.starts[row];
    const order = view.classes.map((name, column) => [name, view.probabilities[row][column]]).sort((one, other) => other[1] - one[1]);
    moment.textContent = `From ${start.toFixed(1)} to ${(start + view.seconds).toFixed(1)} s:`;
    list.replaceChildren(...order.slice(0, CHART.listed).map(([name, probability]) => {
      const item = document.createElement("li"), label = document.createElement("span"), swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.setProperty("--swatch", colour(name));
      label.append(swatch, name);
      const meter = Object.assign(document.createElement("meter"), { value: probability });
      item.append(label, meter, Object.assign(document.createElement("span"), { textContent: probability.toFixed(2) }));
      return item;
    }));
  }

  const refresh = () => { draw(); listAlternatives(); };
  let frame = 0;
  const follow = () => { refresh(); frame = audio.paused ? 0 : requestAnimationFrame(follow); };
  const begin = () => { if (!frame) follow(); };
  const seek = (event) => {
    const box = canvas.getBoundingClientRect();
    audio.currentTime = Math.min(stop, Math.max(0, (event.clientX - box.left - CHART.left) / (box.width - CHART.left) * stop));
  };
  const resized = new ResizeObserver(draw);
  resized.observe(canvas);
  audio.addEventListener("play", begin);
  audio.addEventListener("seeked", refresh);
  audio.addEventListener("timeupdate", refresh);
  canvas.addEventListener("click", seek);
  refresh();
  return {
    destroy() {
      resized.disconnect();
      cancelAnimationFrame(frame);
      for (const [name, action] of [["play", begin], ["seeked", refresh], ["timeupdate", refresh]]) audio.removeEventListener(name, action);
      element.replaceChildren();
    },
  };
}
