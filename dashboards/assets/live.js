/* The live page's own hands: stepping through ticks, playing them, and marking the one that is looked at. */
(() => {
  const PLAY_EVERY_MS = 400;
  const MOVES = { "live-back": -1, "live-on": 1, "live-clock": 1 };
  const PLAY = "▶ Play";
  let timer = null;
  let beats = 0;

  function stop() {
    clearInterval(timer);
    timer = null;
  }

  function beat() {
    if (!document.getElementById("live-play")) return stop();
    // A picture that is still being drawn is waited for.
    if (document.querySelector("[data-dash-is-loading=true]")) return undefined;
    return window.dash_clientside.set_props("live-clock", { data: ++beats });
  }

  function play() {
    if (timer !== null) stop();
    else timer = setInterval(beat, PLAY_EVERY_MS);
    return timer === null ? PLAY : "❚❚ Pause";
  }

  function step(back, on, clock, progress, follow, value) {
    const causes = window.dash_clientside.callback_context.triggered.map(cause => cause.prop_id.split(".")[0]);
    const last = progress - 1;
    let next = causes.reduce((sum, cause) => sum + (MOVES[cause] ?? 0), value);
    if (follow && causes.some(cause => cause === "live-progress" || cause === "live-follow")) next = last;
    next = Math.min(Math.max(next, 0), last);
    if (next === last && timer !== null) {
      stop();
      window.dash_clientside.set_props("live-play", { children: PLAY });
    }
    return [next === value ? window.dash_clientside.no_update : next, Math.max(last, 1)];
  }

  function mark(value, stretch) {
    const from = stretch.place + (value - stretch.start) * stretch.length;
    for (const name of stretch.marked) {
      const plot = document.getElementById(name)?.querySelector(".js-plotly-plot");
      if (plot?.layout?.shapes?.length) {
        Plotly.relayout(plot, { "shapes[0].x0": from, "shapes[0].x1": from + stretch.length });
      }
    }
    return window.dash_clientside.no_update;
  }

  window.twin = Object.assign(window.twin || {}, { step, play, mark });

  // A tick in the log is a way there.
  document.addEventListener("click", event => {
    const button = event.target.closest("button[data-tick]");
    if (button) window.dash_clientside.set_props("live-tick", { value: Number(button.dataset.tick) });
  });
})();
