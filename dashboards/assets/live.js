/* The live page's own hands: stepping through ticks, playing them, and marking the one that is looked at. */
(() => {
  const PLAY_EVERY_MS = 400;
  const MOVES = { "live-back": -1, "live-on": 1, "live-clock": 1 };
  const PLAY = "▶ Play";
  let timer = null;
  // The run and tick that following has led to: any other one was chosen.
  let followed = null;
  let beats = 0;

  function stop() {
    clearInterval(timer);
    timer = null;
  }

  // What is still being drawn is waited for: an answer that comes after the next question is thrown away.
  const isDrawing = () => document.querySelector("[data-dash-is-loading=true]") !== null;

  function beat() {
    if (!document.getElementById("live-play")) return stop();
    if (isDrawing()) return undefined;
    return window.dash_clientside.set_props("live-clock", { data: ++beats });
  }

  const unfollow = () => window.dash_clientside.set_props("live-follow", { checked: false });

  function play() {
    if (timer !== null) stop();
    else {
      timer = setInterval(beat, PLAY_EVERY_MS);
      unfollow();
    }
    return timer === null ? PLAY : "❚❚ Pause";
  }

  function step(back, on, clock, progress, follow, value, run) {
    const causes = window.dash_clientside.callback_context.triggered.map(cause => cause.prop_id.split(".")[0]);
    const last = progress - 1;
    const moves = causes.filter(cause => cause in MOVES);
    let next = moves.reduce((sum, cause) => sum + MOVES[cause], value);
    if (follow && moves.length) unfollow();
    else if (follow) {
      next = last;
      followed = { run, tick: last };
    }
    next = Math.min(Math.max(next, 0), last);
    if ((next === last || (follow && causes.includes("live-follow"))) && timer !== null) {
      stop();
      window.dash_clientside.set_props("live-play", { children: PLAY });
    }
    return [next === value ? window.dash_clientside.no_update : next, Math.max(last, 1)];
  }

  function mark(value, drawn) {
    const from = drawn.place + (value - drawn.start) * drawn.length;
    for (const name of drawn.marked) {
      const graph = document.getElementById(name);
      const plot = graph?.querySelector(".js-plotly-plot");
      const ends = { x0: from, x1: from + drawn.length };
      if (plot?.layout?.shapes?.length) move(plot, ends);
      Object.assign(window.twin.waitingIn(graph)?.layout.shapes?.[0] ?? {}, ends);
    }
    return window.dash_clientside.no_update;
  }

  // Plotly would draw all of a figure anew to move a mark in it, which takes as long as a tick may.
  function move(plot, ends) {
    const { xaxis, shapes, _size } = plot._fullLayout;
    for (const shape of [plot.layout.shapes[0], shapes[0]]) Object.assign(shape, ends);
    const [left, right] = [ends.x0, ends.x1].map(place => xaxis._offset + xaxis.l2p(place));
    plot.querySelector(".shapelayer path")?.setAttribute("d", `M${left},${_size.t}H${right}V${_size.t + _size.h}H${left}Z`);
  }

  // A tick that following has not led to was chosen, by the slider or in the log: the page stays there.
  function chosen(value, follow, run, progress) {
    const led = followed?.run === run ? followed.tick : progress - 1;
    if (follow && value !== led) unfollow();
  }

  window.twin = Object.assign(window.twin || {}, { chosen, isDrawing, step, play, mark });

  // The log is one stop of the Tab key: arrow keys move in it, Enter shows the tick.
  document.addEventListener("keydown", event => {
    const log = event.target.closest?.("#live-log");
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!log || !way) return;
    const ticks = [...log.querySelectorAll("button[data-tick]")];
    const next = ticks.indexOf(document.activeElement) + way;
    ticks[Math.min(Math.max(next, 0), ticks.length - 1)]?.focus();
    event.preventDefault();
  });

  // A tick in the log is a way there.
  document.addEventListener("click", event => {
    const button = event.target.closest("button[data-tick]");
    if (button) window.dash_clientside.set_props("live-tick", { value: Number(button.dataset.tick) });
  });
})();
