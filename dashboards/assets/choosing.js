/* What is chosen in a page's fields becomes its address, and with that another page. */
window.twin = Object.assign(window.twin || {}, {
  choose: (values, names, drawn) => {
    const query = new URLSearchParams(window.location.search);
    const chosen = names
      .map(({ choice }, place) => [choice, [values[place] ?? []].flat().join(",")])
      .filter(([choice, value]) => value !== drawn[choice]);
    if (!chosen.length) return;
    for (const [choice, value] of chosen) {
      query.set(choice, value);
      // Another run has other ticks.
      if (choice === "run") query.delete("tick");
    }
    window.twin.go(`?${query}`);
  },
});
