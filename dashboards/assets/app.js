/* The page's address: what is seen is in it, and a change made on the page does not load it anew. */
window.twin = {
  shown: null,

  // Whether an address is yet to be drawn, or is the one that `remember` has just written.
  route: (pathname, search) => {
    const wanted = pathname + (search || "");
    if (wanted === window.twin.shown) return window.dash_clientside.no_update;
    window.twin.shown = wanted;
    return { pathname, search: search || "" };
  },

  remember: (names, values) => {
    const query = new URLSearchParams(window.location.search);
    names.forEach((name, index) => {
      const value = values[index];
      if (value === null || value === undefined || value === "") query.delete(name);
      else query.set(name, Array.isArray(value) ? value.join(",") : value);
    });
    const search = query.toString() ? `?${query}` : "";
    if (search === window.location.search) return;
    window.twin.shown = window.location.pathname + search;
    window.history.replaceState({}, "", window.twin.shown);
    window.dash_clientside.set_props("url", { search });
  },
};
