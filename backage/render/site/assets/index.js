"use strict";

/* The list of packages: search, order, and the choice of those to compare. */
(() => {
  const { address, compare, count, drawn, element, exact, find, page, read, search, size, sortable, trend, write } =
    backage;
  const STEP = 50;
  const MOST = 6;
  const body = find("packages");
  if (!body) return;
  const [query, type, order, more, found, bar] = ["search", "type", "order", "more", "found", "picked"].map(find);
  const chosen = new Map();
  let matches = [];
  let shown = 0;

  const sorting = sortable(body.closest("table"), "downloads", () => {
    order.value = sorting.state.key;
    update();
  });

  function bars(levels) {
    const known = [...levels].map((level, place) => [place, level]).filter(([, level]) => level !== "-");
    const path = known.map(([place, level]) => `M${place * 3 + 1} 20v-${1 + Number(level) * 2}`).join("");
    return drawn("svg", { class: "bars", viewBox: "0 0 90 20", "aria-hidden": "true" }, drawn("path", { d: path }));
  }

  function pick(entry) {
    const toggle = (event) => {
      if (event.target.checked) chosen.set(entry.path, entry);
      else chosen.delete(entry.path);
      if (chosen.size > MOST) {
        chosen.delete(entry.path);
        event.target.checked = false;
      }
      showChosen();
    };
    return element("input", {
      type: "checkbox",
      "aria-label": `Compare ${entry.of}/${entry.name}`,
      checked: chosen.has(entry.path),
      change: toggle,
    });
  }

  const cell = (kind, text) => element("td", { class: text === "unknown" ? `${kind} unknown` : kind }, text);

  function row(entry) {
    return element(
      "tr",
      null,
      element("td", { class: "pick" }, pick(entry)),
      element(
        "th",
        { scope: "row" },
        element("a", { href: entry.link }, element("bdi", null, entry.name)),
        element(
          "span",
          { class: "of" },
          element("bdi", null, entry.of),
          " ",
          element("span", { class: "type" }, entry.type),
          entry.stale ? element("span", { class: "type stale" }, "stale") : "",
        ),
      ),
      cell("number", exact(entry.downloads)),
      cell("number middle", exact(entry.month)),
      cell("number wide", trend(entry.trend)),
      cell("number wide", size(entry.size)),
      element("td", { class: "wide" }, bars(entry.bars)),
    );
  }

  function show() {
    const next = matches.slice(shown, shown + STEP);
    body.append(...next.map(row));
    shown += next.length;
    more.hidden = shown >= matches.length;
    more.textContent = `Show ${exact(Math.min(STEP, matches.length - shown))} more`;
    const told = shown < matches.length ? `, the first ${exact(shown)} shown` : "";
    found.textContent = matches.length ? `${count(matches.length, "package")}${told}` : "No package matches.";
  }

  function update() {
    const { key, up } = sorting.state;
    const name = key === "name" ? "text" : key;
    matches = search(query.value).filter((entry) => !type.value || entry.type === type.value);
    matches.sort(compare(name, up));
    shown = 0;
    body.replaceChildren();
    show();
    const parameters = new URLSearchParams();
    if (query.value) parameters.set("q", query.value);
    if (type.value) parameters.set("type", type.value);
    if (key !== "downloads" || up) parameters.set("order", up ? key : `-${key}`);
    write(parameters);
  }

  function showChosen() {
    bar.hidden = !chosen.size;
    const link = [...chosen.keys()].map((path) => `p=${address(path)}`).join("&");
    const clear = () => {
      chosen.clear();
      showChosen();
      for (const box of body.querySelectorAll("input:checked")) box.checked = false;
      query.focus();
    };
    bar.replaceChildren(
      element("span", { role: "status" }, `${count(chosen.size, "package")} chosen${chosen.size === MOST ? ", no more" : ""}`),
      element("a", { class: "button", href: `${page.root}compare.html#${link}` }, "Compare"),
      element("button", { type: "button", click: clear }, "Clear"),
    );
  }

  function restore() {
    const parameters = read();
    query.value = parameters.get("q") || "";
    type.value = parameters.get("type") || "";
    if (type.selectedIndex < 0) type.value = "";
    const asked = parameters.get("order") || "-downloads";
    const key = asked.replace(/^-/, "");
    const known = [...order.options].some((option) => option.value === key);
    sorting.set(known ? key : "downloads", known && !asked.startsWith("-"));
    order.value = sorting.state.key;
    update();
  }

  query.addEventListener("input", update);
  type.addEventListener("change", update);
  order.addEventListener("change", () => {
    sorting.set(order.value, order.value === "name");
    update();
  });
  more.addEventListener("click", () => {
    const place = shown;
    show();
    body.rows[place]?.querySelector("a").focus({ preventScroll: true });
  });
  addEventListener("hashchange", restore);
  document.querySelector(".tools").hidden = false;
  restore();
})();
