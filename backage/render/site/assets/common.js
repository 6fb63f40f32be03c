"use strict";

/* What all pages share. Texts reach the page as text nodes only: names on it are strangers'. */
const backage = (() => {
  const page = document.documentElement.dataset;
  const UNITS = ["", "k", "M", "B", "T", "P", "E"];
  const SVG = "http://www.w3.org/2000/svg";
  const packages = new Map();
  let listed = [];

  /* Cut to one decimal and not rounded, as all of the index. */
  function short(number) {
    if (number === null) return "unknown";
    let divisor = 1;
    let step = 0;
    while (number * 10 > 9999 * divisor && step < UNITS.length - 1) {
      divisor *= 1000;
      step += 1;
    }
    return `${Math.floor((number * 10) / divisor) / 10}${UNITS[step]}`;
  }

  const exact = (number) => (number === null ? "unknown" : number.toLocaleString("en-US"));

  function size(bytes) {
    const text = short(bytes);
    return bytes === null || bytes < 1000 ? text : `${text.slice(0, -1)} ${text.slice(-1)}B`;
  }

  function trend(percent) {
    if (percent === null) return "\u2013";
    if (percent > 999) return `x${short(Math.round(percent / 100) + 1)}`;
    return `${percent < 0 ? "" : "+"}${percent} %`;
  }

  const count = (number, thing) => `${exact(number)} ${thing}${number === 1 ? "" : "s"}`;

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") node.addEventListener(name, value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  const element = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const drawn = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
  const find = (id) => document.getElementById(id);
  const address = (path) => path.split("/").map(encodeURIComponent).join("/");

  /* Without the controls that turn the direction of what follows: a name reads as it is spelled. */
  const straight = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");

  /* The name as people write it; a sequence that is no UTF-8 stays as it is. */
  function plain(name) {
    try {
      return straight(decodeURIComponent(name));
    } catch {
      return name;
    }
  }

  /* Days and totals stand as the difference from the known one before. */
  function summed(steps) {
    let sum = 0;
    return steps.map((step) => {
      sum += step ?? 0;
      return step === null ? null : sum;
    });
  }

  /* Columns of days; a gap between two of them becomes a day of which nothing is known. */
  function add(found) {
    const days = [];
    const total = [];
    const daily = [];
    const [known, totals] = [summed(found.days), summed(found.total)];
    known.forEach((day, place) => {
      if (place && day > known[place - 1] + 1) {
        days.push(known[place - 1] + 1);
        total.push(null);
        daily.push(null);
      }
      days.push(day);
      total.push(totals[place]);
      daily.push(found.daily[place]);
    });
    packages.set(found.path, { ...found, days, total, daily });
  }

  /* A package's file is a script, for that is what a browser also loads from a disk. */
  function load(path) {
    if (packages.has(path)) return Promise.resolve(packages.get(path));
    return new Promise((resolve, reject) => {
      const failed = () => reject(new Error(`The history of ${plain(path)} could not be loaded.`));
      const loaded = () => (packages.has(path) ? resolve(packages.get(path)) : failed());
      document.head.append(
        element("script", { src: `${page.root}data/${address(path)}.js`, load: loaded, error: failed }),
      );
    });
  }

  const FIELDS = ["owner", "repo", "package", "type", "downloads", "month", "trend", "size", "bars", "stale", "path"];

  function list(rows) {
    listed = rows.map((row) => {
      const entry = Object.fromEntries(FIELDS.map((field, place) => [field, row[place]]));
      entry.path ||= `${entry.owner}/${entry.repo}/${entry.package}`;
      entry.name = plain(entry.package);
      entry.of = `${entry.owner}/${plain(entry.repo)}`;
      const words = [entry.of, "/", entry.name, " ", entry.type, entry.stale ? " stale" : ""];
      entry.text = words.join("").toLowerCase();
      entry.link = `${page.root}package/${address(entry.path)}.html`;
      return entry;
    });
  }

  function search(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return listed.filter((entry) => words.every((word) => entry.text.includes(word)));
  }

  const read = () => new URLSearchParams(location.hash.slice(1));

  /* What is chosen stands behind the # of the address, so that it can be passed on. */
  function write(parameters) {
    const text = parameters.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  /* Sorting by the heads of a table. Unknown comes last whichever way. */
  function sortable(table, start, changed) {
    const state = { key: start, up: false };
    const heads = [...table.querySelectorAll("th[data-sort]")];
    function show() {
      for (const head of heads) {
        const here = head.dataset.sort === state.key;
        if (here) head.setAttribute("aria-sort", state.up ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
      }
    }
    function set(key, up) {
      state.key = key;
      state.up = up;
      show();
    }
    for (const head of heads) {
      const key = head.dataset.sort;
      const press = () => {
        set(key, state.key === key ? !state.up : key === "name");
        changed();
      };
      const button = element("button", { type: "button", class: "sort", click: press }, ...head.childNodes);
      head.replaceChildren(button);
    }
    show();
    return { state, set };
  }

  function compare(key, up) {
    return (one, other) => {
      const [a, b] = [one[key], other[key]];
      if (a === null || b === null) return (a === null) - (b === null);
      const order = typeof a === "string" ? (a < b ? -1 : Number(a > b)) : a - b;
      return up ? order : -order;
    };
  }

  return {
    add, address, compare, count, drawn, element, exact, find, list, load, packages, page, plain, read, search, short,
    size, sortable, straight, trend, write,
  };
})();
