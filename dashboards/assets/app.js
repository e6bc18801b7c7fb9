/* The page's address: what is seen is in it, and a change made on the page does not load it anew. */
(() => {
  let shown = null;

  const here = () => ({ pathname: window.location.pathname, search: window.location.search });

  // Another page is to be drawn, unless the address is the one that `remember` has just written.
  const follow = () => {
    const { pathname, search } = here();
    if (pathname + search === shown) return;
    shown = pathname + search;
    window.dash_clientside.set_props("route", { data: { pathname, search } });
  };
  window.addEventListener("popstate", follow);
  window.addEventListener("_dashprivate_pushstate", follow);

  // What is at the address now, which may have been clicked to while nobody answered.
  const redraw = () => {
    shown = null;
    follow();
  };

  // As Dash's own links do it.
  const go = (href) => {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };

  const begin = () => {
    const { pathname, search } = here();
    shown = pathname + search;
    return { pathname, search };
  };

  const remember = (names, values) => {
    const query = new URLSearchParams(window.location.search);
    names.forEach((name, index) => {
      const value = values[index];
      if (value === null || value === undefined || value === "") query.delete(name);
      else query.set(name, Array.isArray(value) ? value.join(",") : value);
    });
    const search = query.toString() ? `?${query}` : "";
    if (search === window.location.search) return;
    shown = window.location.pathname + search;
    window.history.replaceState({}, "", shown);
  };

  // What is shown without being asked for is said too: a link shows the same when there are newer runs.
  const complete = ({ path, values }) => {
    if (path !== window.location.pathname) return;
    const query = new URLSearchParams(window.location.search);
    const missing = Object.keys(values).filter(name => !query.get(name));
    if (missing.length) remember(missing, missing.map(name => values[name]));
  };

  // Another look at the same page: each part is given what it does not show already.
  const change = (changes) => {
    for (const [id, props] of changes) {
      const known = window.dash_component_api.getLayout(id)?.props;
      const news = Object.entries(props).filter(([name, value]) => JSON.stringify(known?.[name]) !== JSON.stringify(value));
      if (known && news.length) window.dash_clientside.set_props(id, Object.fromEntries(news));
    }
  };

  window.twin = Object.assign(window.twin || {}, { begin, change, complete, go, redraw, remember });
})();
