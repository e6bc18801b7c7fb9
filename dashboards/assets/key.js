/* Where a figure is narrow, its legend is ours: plotly's takes a line for each name and leaves little of the plot. */
(() => {
  const NARROW_PX = 480;

  function entry({ name, line, marker, fillcolor, opacity }) {
    const dash = { dash: "dashed", dot: "dotted" }[line?.dash] ?? "solid";
    const isBlock = !line?.width;
    const colour = (isBlock ? marker?.color ?? fillcolor : null) ?? line?.color ?? marker?.color;
    const swatch = document.createElement("i");
    swatch.style.borderTop = `${isBlock ? 9 : Math.min(line.width, 4)}px ${dash} ${colour}`;
    swatch.style.opacity = opacity ?? 1;
    const shown = document.createElement("span");
    shown.append(swatch, window.twin.plain(name));
    return shown;
  }

  // A figure with room for our legend in the place of plotly's, if it needs that.
  function keyed(plot, figure) {
    const key = plot.closest(".frame")?.querySelector(".key");
    if (!key) return figure;
    const { data, layout } = figure;
    const named = data.filter(trace => trace.name && trace.showlegend !== false);
    const isOurs = layout.showlegend && named.length && plot.clientWidth < NARROW_PX;
    key.replaceChildren(...(isOurs ? named.map(entry) : []));
    if (!isOurs) return figure;
    return { ...figure, layout: { ...layout, showlegend: false, margin: { ...layout.margin, t: key.offsetHeight + 8 } } };
  }

  window.twin = Object.assign(window.twin || {}, { keyed });
})();
