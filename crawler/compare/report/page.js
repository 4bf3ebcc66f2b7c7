(() => {
  "use strict";
  const race = document.getElementById("race");
  if (!race) return;
  const finishes = JSON.parse(document.getElementById("finishes").textContent);
  const drawing = race.querySelector("svg.waterfall");
  const veil = drawing.querySelector(".veil"), cursor = drawing.querySelector(".cursor");
  const clock = document.getElementById("clock"), now = document.getElementById("now"), play = document.getElementById("play");
  const counters = [...race.querySelectorAll(".counters b")];
  const wall = Math.max(...finishes.map((f) => (f.length ? f[f.length - 1] : 0)), 1);
  const seconds = (ms) => (ms < 1000 ? Math.round(ms) + " ms" : (ms / 1000).toFixed(2) + " s");

  // done counts the requests that were over by then. The times are a sample where there are many.
  const done = (list, ms, all) => {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] <= ms) low = middle + 1; else high = middle;
    }
    return list.length ? Math.round((low / list.length) * all) : 0;
  };

  const show = (share) => {
    const ms = share * wall, end = share >= 1;
    veil.setAttribute("x", share * 100 + "%");
    veil.setAttribute("width", end ? "0" : (1 - share) * 100 + "%");
    cursor.setAttribute("x1", share * 100 + "%");
    cursor.setAttribute("x2", share * 100 + "%");
    cursor.toggleAttribute("hidden", end);
    now.textContent = seconds(ms);
    clock.setAttribute("aria-valuetext", seconds(ms));
    counters.forEach((c, i) => { c.textContent = done(finishes[i], ms, Number(c.dataset.all)); });
  };

  // Playing takes eight seconds, whatever the list took.
  let running = 0;
  const stop = () => { cancelAnimationFrame(running); running = 0; play.textContent = "▶ Play"; };
  const start = () => {
    const from = Number(clock.value) >= 1000 ? 0 : Number(clock.value) / 1000, began = performance.now();
    play.textContent = "❚❚ Pause";
    const frame = (at) => {
      const share = Math.min(from + (at - began) / 8000, 1);
      clock.value = String(Math.round(share * 1000));
      show(share);
      if (share < 1) running = requestAnimationFrame(frame); else stop();
    };
    running = requestAnimationFrame(frame);
  };
  play.addEventListener("click", () => (running ? stop() : start()));
  clock.addEventListener("input", () => { stop(); show(Number(clock.value) / 1000); });

  // Every drawing's lines tell their details, to the pointer and to the arrow keys.
  const detail = document.getElementById("detail");
  let chosen = null;
  const choose = (row) => {
    if (chosen) chosen.classList.remove("chosen");
    chosen = row;
    row.classList.add("chosen");
    detail.textContent = row.dataset.detail;
  };
  race.addEventListener("pointerover", (e) => { const row = e.target.closest(".row"); if (row) choose(row); });
  race.querySelector(".falls").addEventListener("keydown", (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    const rows = [...drawing.querySelectorAll(".row")];
    const next = rows[Math.min(Math.max(rows.indexOf(chosen) + step, 0), rows.length - 1)];
    if (next) choose(next);
    e.preventDefault();
  });

  race.querySelector(".controls").hidden = false;
  race.querySelector(".counters").hidden = false;
  addEventListener("beforeprint", () => { stop(); show(1); });
  show(1);
})();
