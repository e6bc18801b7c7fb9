/* Figures in sight are drawn at once, all others one by one as soon as nobody waits for anything else. */
(() => {
  const LATEST_MS = 500;
  const waiting = new Map();
  let plotly = null;

  const isInSight = plot => {
    const { top, bottom } = plot.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };
  const inSight = () => [...waiting.keys()].filter(isInSight);

  function draw(plot) {
    const { figure, done } = waiting.get(plot);
    waiting.delete(plot);
    done(plot.isConnected ? plotly(plot, window.twin.keyed(plot, figure)) : plot);
  }

  // Of two figures that wait for the same place only the later one is drawn.
  const wait = (plot, figure) => new Promise(resolve => {
    const before = waiting.get(plot);
    const done = drawn => [before?.done, resolve].forEach(tell => tell?.(drawn));
    waiting.set(plot, { figure, done });
  });

  function drawNext() {
    const [next] = [...inSight(), ...waiting.keys()];
    if (next) draw(next);
  }

  function react(plot, figure) {
    const drawn = wait(plot, figure);
    if (isInSight(plot)) draw(plot);
    else window.requestIdleCallback(drawNext, { timeout: LATEST_MS });
    // Dash hands over the next figure only after this one, which may be old by the time it is its turn.
    return plot._fullLayout ? Promise.resolve(plot) : drawn;
  }

  window.addEventListener("scroll", () => inSight().forEach(draw), { capture: true, passive: true });
  window.addEventListener("beforeprint", () => [...waiting.keys()].forEach(draw));

  // Dash loads plotly with the first figure.
  document.addEventListener("load", () => {
    if (plotly || !window.Plotly) return;
    plotly = window.Plotly.react;
    window.Plotly.react = react;
  }, true);

  const waitingIn = graph => [...waiting].find(([plot]) => graph?.contains(plot))?.[1].figure;

  window.twin = Object.assign(window.twin || {}, { waitingIn });
})();
