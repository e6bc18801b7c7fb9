/* Saves a figure as PNG or SVG, and its numbers as CSV. */
(() => {
  const plotOf = name => document.getElementById(name)?.querySelector(".js-plotly-plot");
  const plain = text => new DOMParser().parseFromString(String(text ?? ""), "text/html").body.textContent;

  function cell(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    if (typeof value === "number") return String(value);
    // A text that begins like a formula would be one to a spreadsheet.
    const text = plain(value).replace(/^([=+@\t\r-])/, "'$1");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  // The traces side by side, a row for each place on the x axis; a figure may bring a table of its own.
  function rowsOf(plot) {
    const table = plot.layout.meta;
    if (table?.columns) return [table.columns, ...table.rows];
    const traces = plot._fullData.filter(trace => trace.visible === true && trace.x && trace.y && trace.name);
    const unit = /\[.*\]$/.exec(plain(plot._fullLayout.yaxis.title.text))?.[0] ?? "";
    const rows = new Map();
    traces.forEach((trace, place) => trace.x.forEach((x, index) => {
      if (!rows.has(x)) rows.set(x, Array(traces.length).fill(null));
      rows.get(x)[place] = trace.y[index];
    }));
    const date = plot._fullLayout.xaxis.type === "date";
    const shown = x => date && typeof x === "number" ? new Date(x).toISOString().slice(0, 19) : x;
    const heads = [plain(plot._fullLayout.xaxis.title.text), ...traces.map(trace => `${plain(trace.name)} ${unit}`.trim())];
    return [heads, ...[...rows].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([x, values]) => [shown(x), ...values])];
  }

  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function picture(plot, format, filename, title) {
    const paper = getComputedStyle(document.body).backgroundColor;
    const ink = getComputedStyle(document.body).color;
    const showlegend = plot.layout.showlegend || Boolean(plot.closest(".frame")?.querySelector(".key > *"));
    const layout = { ...plot.layout, showlegend, paper_bgcolor: paper, font: { ...plot.layout.font, color: ink } };
    layout.title = { text: title, font: { size: 15, color: ink }, x: 0, xanchor: "left", xref: "container", pad: { l: 12 }, y: 0.98, yanchor: "top" };
    const top = (plot.layout.margin?.t ?? 28) + 34;
    layout.margin = { ...plot.layout.margin, t: top };
    const height = plot.offsetHeight + 34;
    const width = Math.max(plot.offsetWidth, 640);
    return Plotly.downloadImage({ data: plot.data, layout, config: {} }, { format, filename, width, height, scale: format === "png" ? 2 : 1 });
  }

  window.twin = Object.assign(window.twin || {}, { plain });

  document.addEventListener("click", event => {
    const button = event.target.closest("button[data-save]");
    const plot = button && plotOf(button.dataset.figure);
    if (!plot) return;
    const name = `${location.pathname.slice(1) || "runs"}-${button.dataset.figure}`;
    const title = document.getElementById(`${button.dataset.figure}-question`)?.textContent ?? "";
    if (button.dataset.save !== "csv") return void picture(plot, button.dataset.save, name, title);
    const lines = rowsOf(plot).map(row => row.map(cell).join(","));
    save(`${name}.csv`, new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  });
})();
