/* What ag-grid draws in our cells. */
const parts = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

// A run's number leads to its page, without loading the app anew.
const pageOf = (run) => `/live?run=${encodeURIComponent(run)}`;
const go = (href) => {
  window.twin.go(href);
  window.scrollTo(0, 0);
};
parts.RunLink = ({ value }) => {
  const href = pageOf(value);
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(href);
  };
  // The cell has the focus, and Enter on it does the same.
  return React.createElement("a", { href, onClick: follow, tabIndex: -1 }, value);
};

// On a phone a row has two lines, and the columns that are below others are no columns.
const NARROW = window.matchMedia("(max-width: 560px)");
const BELOW = ["policy", "days", "share", "state", "started"];
parts.Above = ({ value, valueFormatted, data, below }) =>
  React.createElement("div", { className: "above" }, valueFormatted ?? value, React.createElement("small", null, data[below]));

const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

// Unix time as the reader's own, in the form that sorts.
functions.localTime = (unix_s) => {
  const at = new Date(1000 * unix_s);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
};

functions.openRun = ({ event, data }) => {
  if (event.key === "Enter" && data) go(pageOf(data.run));
};

functions.rowHeight = () => (NARROW.matches ? 44 : null);

const fitRuns = async () => {
  const api = await window.dash_ag_grid.getApiAsync("runs");
  const wide = !NARROW.matches;
  if (api.getColumn("state").isVisible() === wide) return window.dash_clientside.no_update;
  api.setColumnsVisible(BELOW, wide);
  const widths = wide ? { run: 72, cost: 125 } : { run: 50, cost: 137 };
  api.setColumnWidths(Object.entries(widths).map(([key, newWidth]) => ({ key, newWidth })));
  api.resetRowHeights();
  return window.dash_clientside.no_update;
};
NARROW.addEventListener("change", () => document.getElementById("runs") && fitRuns());
window.twin = Object.assign(window.twin || {}, { fitRuns });

// How the grid is sorted and filtered is kept in the page's address.
functions.keepSort = ({ api }) => {
  const sorted = api.getColumnState().filter(({ sort }) => sort);
  sorted.sort((one, other) => one.sortIndex - other.sortIndex);
  window.twin.remember(["sort"], [sorted.map(({ colId, sort }) => `${colId}:${sort}`)]);
};
functions.keepFilter = ({ api }) => {
  const model = api.getFilterModel();
  window.twin.remember(["filter"], [Object.keys(model).length ? JSON.stringify(model) : null]);
};
