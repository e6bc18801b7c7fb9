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
