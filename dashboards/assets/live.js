/* The live page's own hands: stepping through ticks, playing them, and marking the one that is looked at. */
window.twin = Object.assign(window.twin || {}, {
  step: (back, on, clock, progress, follow, value) => {
    const { no_update, callback_context } = window.dash_clientside;
    const causes = callback_context.triggered.map(cause => cause.prop_id.split(".")[0]);
    const last = progress - 1;
    const moves = { "live-back": -1, "live-on": 1, "live-clock": 1 };
    let next = value;
    causes.forEach(cause => { next += moves[cause] ?? 0; });
    if (follow && causes.some(cause => cause === "live-progress" || cause === "live-follow")) next = last;
    next = Math.min(Math.max(next, 0), last);
    return [next === value ? no_update : next, Math.max(last, 1)];
  },

  play: (clicks, value, max, stopped) => {
    const causes = window.dash_clientside.callback_context.triggered.map(cause => cause.prop_id);
    const pressed = causes.includes("live-play.n_clicks");
    const stop = pressed ? !stopped : stopped || value >= max;
    return [stop, stop ? "▶ Play" : "❚❚ Pause"];
  },

  mark: (value, stretch) => {
    const from = stretch.place + (value - stretch.start) * stretch.length;
    for (const name of stretch.marked) {
      const plot = document.getElementById(name)?.querySelector(".js-plotly-plot");
      const shape = plot?.layout?.shapes?.[0];
      if (shape) Plotly.relayout(plot, { "shapes[0].x0": from, "shapes[0].x1": from + stretch.length });
    }
    return window.dash_clientside.no_update;
  },
});

// A tick in the log is a way there.
document.addEventListener("click", event => {
  const button = event.target.closest("button[data-tick]");
  if (button) window.dash_clientside.set_props("live-tick", { value: Number(button.dataset.tick) });
});
