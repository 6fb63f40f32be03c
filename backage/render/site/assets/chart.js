"use strict";

/* A chart of one or more packages over the days: drawn by uPlot, walked by arrow keys, with a table behind it. */
backage.chart = (() => {
  const { count, element, exact, short } = backage;
  const DAY = 86400;
  const ROWS = 31;
  const SPANS = [["30 days", 30], ["90 days", 90], ["A year", 365], ["All", Infinity]];
  const KINDS = [["Daily", "daily"], ["Total", "total"]];
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 5], [4, 4]];
  const iso = (day) => new Date(day * DAY * 1000).toISOString().slice(0, 10);
  const written = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
  const withYear = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", month: "short", year: "numeric" });
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function choice(label, options, value, changed) {
    const buttons = options.map(([text, key]) =>
      element("button", { type: "button", "aria-pressed": String(key === value), click: () => press(key) }, text));
    function press(key) {
      options.forEach(([, own], place) => buttons[place].setAttribute("aria-pressed", String(own === key)));
      changed(key);
    }
    return element("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
  }

  /* All days of all lines, each with a value a line. */
  function joined(lines, kind, span) {
    const last = Math.max(...lines.map((line) => line.days[line.days.length - 1]));
    const days = [...new Set(lines.flatMap((line) => line.days))].sort((a, b) => a - b).filter((day) => day > last - span);
    const values = lines.map((line) => {
      const known = new Map(line.days.map((day, place) => [day, line[kind][place]]));
      return days.map((day) => known.get(day) ?? null);
    });
    return [days, values];
  }

  function options(lines, kind, width, moved) {
    const axis = { stroke: () => color("--soft"), grid: { stroke: () => color("--line"), width: 1 }, ticks: { show: false } };
    const bars = lines.length === 1 && kind === "daily";
    const dates = (plot, splits) => {
      const format = splits[splits.length - 1] - splits[0] > 300 * DAY ? withYear : written;
      return splits.map((split) => format.format(split * 1000));
    };
    return {
      width,
      height: width < 480 ? 220 : 300,
      tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { y: false, points: { size: 7 } },
      scales: { x: { range: (plot, first, last) => (bars ? [first - DAY / 2, last + DAY / 2] : [first, last]) }, y: { range: (plot, low, high) => (kind === "daily" ? [0, Math.max(high * 1.08, 4)] : spread(low, high)) } },
      axes: [
        { ...axis, space: 64, values: dates, incrs: [1, 2, 7, 14, 30, 61, 91, 182, 365].map((days) => days * DAY) },
        { ...axis, size: 54, incrs: steps(), values: (plot, splits) => splits.map((split) => short(split)) },
      ],
      series: [{}, ...lines.map((line, place) => ({
        label: line.name,
        stroke: () => color(`--c${place + 1}`),
        width: 2,
        dash: lines.length > 1 ? DASHES[place] : [],
        points: { show: !bars && line.days.length < 40, size: 5, fill: () => color(`--c${place + 1}`) },
        ...(bars ? { paths: uPlot.paths.bars({ size: [0.7, 40, 1] }), fill: () => color("--c1"), width: 0 } : {}),
      }))],
      hooks: { setCursor: [(plot) => moved(plot.cursor.idx)] },
    };
  }

  const steps = () => Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

  function spread(low, high) {
    const room = Math.max((high - low) * 0.08, 2);
    return [Math.max(0, low - room), high + room];
  }

  function table(lines, days, values, kind) {
    const head = element("tr", null, element("th", { scope: "col" }, "Day (UTC)"),
      ...lines.map((line) => element("th", { scope: "col", class: "number" }, element("bdi", null, lines.length > 1 ? line.name : KINDS.find(([, key]) => key === kind)[0]))));
    const body = element("tbody");
    const more = element("button", { type: "button", click: () => fill(Infinity) });
    let shown = 0;
    function fill(number) {
      for (const end = Math.min(days.length, shown + number); shown < end; shown += 1) {
        const place = days.length - 1 - shown;
        body.append(element("tr", null, element("th", { scope: "row" }, iso(days[place])),
          ...values.map((line) => element("td", { class: "number" }, exact(line[place])))));
      }
      more.hidden = shown >= days.length;
      more.textContent = `Show all ${count(days.length, "day")}`;
    }
    fill(ROWS);
    return [element("div", { class: "scroll", role: "region", "aria-label": "Numbers of the chart", tabindex: "0" },
      element("table", null, element("thead", null, head), body)), element("p", { class: "more" }, more)];
  }

  return function chart(box, lines, kind = "daily", spans = SPANS) {
    if (!lines.some((line) => line.days.length)) {
      box.replaceChildren(element("p", { class: "notice" }, "No day is known yet. The next runs add one each."));
      return;
    }
    let span = Infinity;
    let plot = null;
    let days = [];
    let values = [];
    const readout = element("p", { class: "readout", "aria-hidden": "true" });
    const area = element("div", { class: "plot", role: "slider", tabindex: "0", "aria-label": "Day of the chart" });
    const numbers = element("div");
    const behind = element("details", null, element("summary", null, "The numbers as a table"), numbers);
    box.replaceChildren(
      element("div", { class: "tools" },
        choice("What is shown", KINDS, kind, (key) => { kind = key; draw(); }),
        ...(spans.length ? [choice("Span", spans, span, (days) => { span = days; draw(); })] : [])),
      readout, area, behind);

    const said = (place) => `${iso(days[place])}: ${lines.map((line, number) =>
      `${lines.length > 1 ? `${line.name} ` : ""}${exact(values[number][place])}`).join(", ")}`;

    function tell(place) {
      const here = place ?? days.length - 1;
      readout.replaceChildren(element("strong", null, iso(days[here])), ...lines.flatMap((line, number) => [
        " ", element("span", { class: `swatch s${number + 1}` }), element("bdi", null, lines.length > 1 ? line.name : ""),
        ` ${exact(values[number][here])}`]));
      area.setAttribute("aria-valuenow", String(here + 1));
      area.setAttribute("aria-valuetext", said(here));
    }

    function draw() {
      [days, values] = joined(lines, kind, span);
      plot?.destroy();
      area.setAttribute("aria-valuemin", "1");
      area.setAttribute("aria-valuemax", String(days.length));
      plot = new uPlot(options(lines, kind, box.clientWidth, tell), [days.map((day) => day * DAY), ...values], area);
      plot.root.querySelector("canvas").setAttribute("aria-hidden", "true");
      tell(null);
      numbers.replaceChildren(...table(lines, days, values, kind));
    }

    const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7, Home: -Infinity, End: Infinity };
    area.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      const place = Math.max(0, Math.min(days.length - 1, Number(area.getAttribute("aria-valuenow")) - 1 + KEYS[event.key]));
      plot.setCursor({ left: plot.valToPos(days[place] * DAY, "x"), top: 0 }, false);
      tell(place);
    });
    draw();
    new ResizeObserver(() => {
      if (Math.abs(plot.width - box.clientWidth) > 1) plot.setSize({ width: box.clientWidth, height: box.clientWidth < 480 ? 220 : 300 });
    }).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw(true, true));
  };
})();
