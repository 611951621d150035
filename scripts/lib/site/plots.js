// Interactive plots with BokehJS. The page holds what is drawn as JSON (scripts/lib/site/data.py: plot_data):
//   places   means and standard deviations of the cells that differ only in the seed, with their convergence curve
//   sweeps   lines through places along one parameter
// A chart is a list of controls and a function that turns their values into lines; the rest is shared.
"use strict";

(() => {
  const MARKERS = {
    circle: "M6 2a4 4 0 1 0 .01 0z",
    triangle: "M6 1.5 10.5 10h-9z",
    square: "M2 2h8v8H2z",
    diamond: "M6 1 10.5 6 6 11 1.5 6z",
    inverted_triangle: "M6 10.5 1.5 2h9z",
    hex: "M3.5 2h5L11 6l-2.5 4h-5L1 6z",
    plus: "M4.5 1.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
    star: "M6 .8 7.4 4.5 11.2 4.7 8.2 7.1 9.2 10.9 6 8.7 2.8 10.9 3.8 7.1 .8 4.7 4.6 4.5z",
  };
  const SHAPES = Object.keys(MARKERS);
  const unique = (values) => [...new Set(values)];
  const short = (number) => (typeof number === "number" ? String(Number(number.toPrecision(5))) : String(number ?? ""));

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Colours of site.css as the browser resolves them, asked once a theme: asking makes the browser style the page anew.
  let colours = {};
  document.addEventListener("themechange", () => (colours = {}));
  const colour = (name) => {
    if (!(name in colours)) {
      const probe = document.body.appendChild(make("span"));
      probe.style.color = `var(--${name})`;
      colours[name] = getComputedStyle(probe).color;
      probe.remove();
    }
    return colours[name];
  };

  // What is drawn ------------------------------------------------------------------------------------------------------

  // One point: x and y as [mean, sd]; null where the place has no such number.
  const point = (place, x, y) => {
    const [mean, spread] = [place.measures[x], place.measures[y]];
    return mean && spread ? { x: mean[0], xSd: mean[1], y: spread[0], ySd: spread[1], n: place.n } : null;
  };

  const missing = (places, has) => unique(places.filter((place) => !has(place)).map((place) => `${place.selector} (${place.why_not ?? "no such number"})`));

  const answeredOf = (places) => places.filter((place) => place.n > 0);

  const floorAndBound = (places, measure) => {
    const lines = [];
    const answered = answeredOf(places);
    for (const name of measure === "objective" ? ["random", "bound"] : []) {
      const values = answered.map((place) => place[name]).filter((value) => value !== undefined);
      // Answers over fewer seeds belong to other draws of the data: the mean with the most seeds is shown.
      const most = Math.max(...answered.map((place) => place.n));
      const full = answered.find((place) => place.n === most && place[name] !== undefined);
      if (values.length && full) lines.push({ name, at: full[name] });
    }
    return lines;
  };

  const measureOptions = (data, places) => data.measures.filter(([name]) => places.some((place) => place.measures[name]));

  // Those that tell the places apart.
  const telling = (data, places) =>
    measureOptions(data, places).filter(([name]) => unique(places.map((place) => place.measures[name]?.[0]).filter((mean) => mean !== undefined)).length > 1);

  const LEVELS = { name: "levels", title: "random and bound", check: true };

  const CHARTS = [
    {
      title: "Value against time",
      wanted: (data) => data.places.some((place) => place.measures.seconds),
      controls: (data) => [
        { name: "problem", title: "Problem", options: problems(data, data.places.filter((place) => place.measures.seconds)) },
        // Values of two data sets or seeds are no values of one problem: what is left of the way to the bound is.
        { name: "y", title: "Vertical", options: measureOptions(data, data.places).filter(([name]) => name !== "seconds"), first: "normalised" },
        LEVELS,
      ],
      draw: (data, { problem, y, levels }) => {
        const places = data.places.filter((place) => place.problem === problem);
        return {
          x: { title: "time of the selection (s)", log: true },
          y: { title: titleOf(data, y) },
          levels: levels ? floorAndBound(places, y) : [],
          lines: places.map((place) => ({ label: place.selector, points: [point(place, "seconds", y)].filter(Boolean) })),
          absent: missing(places, (place) => point(place, "seconds", y)),
        };
      },
    },
    {
      title: "Convergence",
      wanted: (data) => data.places.some((place) => place.curve?.step.length > 1),
      controls: (data) => {
        const curves = data.places.filter((place) => place.curve);
        const names = unique(curves.flatMap((place) => Object.keys(place.curve))).filter((name) => name !== "step" && name !== "seconds");
        const long = curves.filter((place) => place.curve.step.length > 1);
        return [
          { name: "problem", title: "Problem", options: problems(data, long) },
          { name: "x", title: "Horizontal", options: [["seconds", "time (s)"], ["step", "step"]] },
          { name: "y", title: "Vertical", options: names.map((name) => [name, titleOf(data, name)]), first: "normalised" },
          LEVELS,
        ];
      },
      draw: (data, { problem, x, y, levels }) => {
        // A method without steps has one point: it has a time, but no place on the axis of steps.
        const drawn = (place) => place.curve?.[y] && (x === "seconds" || place.curve.step.length > 1);
        const places = data.places.filter((place) => place.problem === problem);
        return {
          x: { title: x === "seconds" ? "time of the selection (s)" : "step", log: true },
          y: { title: titleOf(data, y) },
          levels: levels ? floorAndBound(places, y) : [],
          band: true,
          lines: places.filter(drawn).map((place) => ({
            label: place.selector,
            points: place.curve[y].map(([mean, sd], i) => ({ x: place.curve[x][i], xSd: 0, y: mean, ySd: sd, n: place.n })),
          })),
          absent: [],
        };
      },
    },
    {
      title: "Along a parameter",
      wanted: (data) => data.sweeps.length > 0,
      controls: (data, chosen) => {
        const sweep = sweepOf(data, chosen.axis);
        const places = sweep.problems.flatMap((problem) => problem.lines.flatMap((line) => line.points.map(([, place]) => data.places[place])));
        return [
          { name: "axis", title: "Parameter", options: data.sweeps.map(({ axis, title }) => [axis, title]) },
          { name: "problem", title: "Problem", options: sweep.problems.map(({ name, short }) => [name, short]) },
          { name: "y", title: "Vertical", options: measureOptions(data, places), first: data.first },
        ];
      },
      draw: (data, { axis, problem, y }) => {
        const sweep = sweepOf(data, axis);
        const lines = sweep.problems.find(({ name }) => name === problem).lines;
        const values = unique(lines.flatMap((line) => line.points.map(([x]) => x)));
        const positive = sweep.numeric && Math.min(...values) > 0;
        return {
          x: { title: sweep.title, log: positive && Math.max(...values) / Math.min(...values) >= 20, factors: sweep.numeric ? null : values },
          y: { title: titleOf(data, y) },
          levels: [],
          lines: lines.map((line) => ({
            label: line.label,
            points: line.points.map(([x, place]) => ({ ...point(data.places[place], y, y), x, xSd: 0 })).filter(({ y: mean }) => mean !== undefined),
          })),
          absent: missing(lines.flatMap((line) => line.points.map(([, place]) => data.places[place])), (place) => place.measures[y]),
        };
      },
    },
    {
      title: "Quality against diversity",
      wanted: (data) => data.places.some((place) => place.measures.mean_quality && diversities(data).some(([name]) => place.measures[name])),
      controls: (data) => [
        { name: "problem", title: "Problem", options: frontsOf(data).map(({ name, short }) => [name, short]) },
        { name: "x", title: "Horizontal", options: diversities(data) },
      ],
      draw: (data, { problem, x }) => {
        const lines = frontsOf(data).find(({ name }) => name === problem).lines;
        const places = lines.flatMap((line) => line.points.map(([, place]) => data.places[place]));
        const sweep = objectiveSweep(data);
        return {
          x: { title: titleOf(data, x) },
          y: { title: titleOf(data, "mean_quality") },
          levels: [],
          along: sweep?.title,
          lines: lines.map((line) => ({
            label: line.label,
            points: line.points.map(([at, place]) => ({ at, ...point(data.places[place], x, "mean_quality") })).filter((one) => one.x !== undefined),
          })),
          absent: missing(places, (place) => point(place, x, "mean_quality")),
        };
      },
    },
    {
      title: "Each method",
      wanted: (data) => !data.places.some((place) => place.measures.seconds) && telling(data, data.places).length > 0,  // else the first chart says more
      controls: (data) => [
        { name: "problem", title: "Problem", options: problems(data, answeredOf(data.places)) },
        { name: "x", title: "Horizontal", options: telling(data, data.places) },
      ],
      draw: (data, { problem, x }) => {
        const places = data.places.filter((place) => place.problem === problem);
        const drawn = places.filter((place) => place.measures[x]);
        return {
          x: { title: titleOf(data, x) },
          y: { title: "method", factors: unique(drawn.map((place) => place.selector)) },
          levels: [],
          lines: drawn.map((place) => ({
            label: place.selector,
            points: [{ x: place.measures[x][0], xSd: place.measures[x][1], y: place.selector, ySd: 0, n: place.n }],
          })),
          absent: missing(places, (place) => place.measures[x]),
        };
      },
    },
  ];

  const titleOf = (data, measure) => data.measures.find(([name]) => name === measure)?.[1] ?? measure.replaceAll("_", " ");
  const problems = (data, places) => unique(places.map((place) => place.problem)).map((name) => [name, data.problems[name]]);
  const sweepOf = (data, axis) => data.sweeps.find((sweep) => sweep.axis === axis) ?? data.sweeps[0];
  const diversities = (data) => data.measures.filter(([name]) => ["pairwise_similarity", "facility_location", "disf"].includes(name));
  const objectiveSweep = (data) => data.sweeps.find(({ axis, numeric }) => numeric && axis.startsWith("objective."));

  // Lines over the objective's parameter where one is swept, else a point for each selector.
  const frontsOf = (data) =>
    objectiveSweep(data)?.problems ??
    problems(data, answeredOf(data.places)).map(([name, short]) => ({
      name,
      short,
      lines: data.places.flatMap((place, i) => (place.problem === name ? [{ label: place.selector, points: [["", i]] }] : [])),
    }));

  // How it is drawn ----------------------------------------------------------------------------------------------------

  // Text of an axis on lines of at most so many letters, where a word is no longer: a phone has room for little.
  const wrapped = (text, letters = 22) =>
    text.split(" ").reduce((lines, word) => (lines.at(-1).length + word.length < letters ? [...lines.slice(0, -1), `${lines.at(-1)} ${word}`.trim()] : [...lines, word]), [""])
      .filter(Boolean).join("\n");

  // A label that may break after each comma.
  const breakable = (label) => label.split(/(?<=,)/).flatMap((part) => [part, make("wbr")]);

  const styleAxes = (plot) => {
    const [text, quiet, rule] = [colour("text"), colour("quiet"), colour("rule")];
    for (const axis of [...plot.below, ...plot.left]) {
      Object.assign(axis, { axis_label_text_color: text, axis_label_text_font_style: "normal", major_label_text_color: text });
      Object.assign(axis, { axis_line_color: quiet, major_tick_line_color: quiet, minor_tick_line_color: null });
    }
    for (const grid of plot.center) if ("grid_line_color" in grid) grid.grid_line_color = rule;
  };

  const render = async (canvas, shown, style, title) => {
    const { Plotting } = Bokeh;
    const background = colour("page");
    if (shown.y.factors) canvas.style.height = `${6 + 2 * shown.y.factors.length}rem`;
    const letters = Math.floor((canvas.clientWidth - (shown.y.factors ? 160 : 80)) / 7);  // that the plot is wide
    const plot = Plotting.figure({
      sizing_mode: "stretch_both",
      x_axis_type: shown.x.log ? "log" : "auto",
      ...(shown.x.factors ? { x_range: shown.x.factors } : {}),
      x_axis_label: wrapped(shown.x.title, letters),
      ...(shown.y.factors ? { y_range: shown.y.factors.map((name) => wrapped(name)).reverse() } : {}),
      ...(shown.y.factors ? {} : { y_axis_label: shown.y.title }),
      toolbar_location: "above",
      tools: "box_zoom,pan,wheel_zoom,reset,save",
      background_fill_color: background,
      border_fill_color: background,
      outline_line_color: colour("rule"),
      min_border_right: 16,
    });
    // Nothing is active at first, so that a finger or a wheel on the plot scrolls the page.
    Object.assign(plot.toolbar, { active_drag: null, active_scroll: null, logo: null });
    styleAxes(plot);
    const dots = [];
    for (const line of shown.lines) {
      const { hue, marker } = style(line.label);
      const ink = colour(hue);
      const column = (value) => line.points.map(value);
      const data = {
        x: column((p) => p.x), y: column((p) => (shown.y.factors ? wrapped(p.y) : p.y)), n: column((p) => p.n),
        ...(shown.y.factors ? {} : { low: column((p) => p.y - p.ySd), high: column((p) => p.y + p.ySd) }),
        left: column((p) => (p.xSd ? (shown.x.log ? Math.max(p.x - p.xSd, p.x / 10) : p.x - p.xSd) : p.x)),
        right: column((p) => (p.xSd ? p.x + p.xSd : p.x)),
        label: column(() => line.label), at: column((p) => short(p.at)),
        xText: column((p) => short(p.x)), yText: column((p) => short(p.y)), sdText: column((p) => short(shown.y.factors ? p.xSd : p.ySd)),
      };
      const source = new Bokeh.ColumnDataSource({ data });
      const of = (field) => ({ field });
      const bar = { source, line_color: ink, line_alpha: 0.7, line_width: shown.y.factors ? 1.75 : 1 };
      if (line.points.length > 1) {
        if (shown.band) plot.varea(of("x"), of("low"), of("high"), { source, fill_color: ink, fill_alpha: 0.18 });
        plot.line(of("x"), of("y"), { source, line_color: ink, line_width: 1.75 });
      }
      if (!shown.band || line.points.length === 1) {
        if (line.points.some((p) => p.ySd)) plot.segment(of("x"), of("low"), of("x"), of("high"), bar);
        if (line.points.some((p) => p.xSd)) plot.segment(of("left"), of("y"), of("right"), of("y"), bar);
      }
      const size = (shown.band && line.points.length > 1 ? 5 : 9) * (["diamond", "star"].includes(marker) ? 1.4 : 1);  // of like area
      dots.push(plot.scatter(of("x"), of("y"), { source, marker, size, fill_color: ink, line_color: background, line_width: 0.75 }));
    }
    for (const { name, at } of shown.levels) {
      plot.add_layout(new Bokeh.Span({ location: at, dimension: "width", line_color: colour("quiet"), line_width: 1.5,
                                       line_dash: name === "random" ? "dotted" : "dashed" }));
    }
    if (shown.levels.length) {  // levels count for the range, though nothing else is drawn there
      const heights = shown.lines.flatMap((line) => line.points.flatMap((p) => [p.y - p.ySd, p.y + p.ySd])).concat(shown.levels.map(({ at }) => at));
      const [low, high] = [Math.min(...heights), Math.max(...heights)];
      const margin = (high - low || Math.abs(high) || 1) * 0.06;
      plot.y_range = new Bokeh.Range1d({ start: low - margin, end: high + margin });
    }
    const spread = "(sd @sdText, n @n)";
    const tooltips = [["", "@label"], ...(shown.y.factors ? [[shown.x.title, `@xText ${spread}`]] : [[shown.x.title, "@xText"], [shown.y.title, `@yText ${spread}`]])];
    if (shown.along) tooltips.push([shown.along, "@at"]);
    plot.add_tools(new Bokeh.HoverTool({ renderers: dots, tooltips, visible: false }));
    const place = make("div", { className: "fill" });
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${title}: ${shown.y.title} against ${shown.x.title}, ${shown.lines.length} lines; the numbers are below`);
    canvas.replaceChildren(place);
    const view = await Plotting.show(plot, place);
    adapt(place);
    return view;
  };

  const forget = (view) => {
    if (!view) return;
    const { document: owner } = view.model;
    view.remove();
    Bokeh.documents.splice(Bokeh.documents.indexOf(owner), 1);
  };

  // Bokeh keeps touches for itself and hardly shows the focus; its parts are behind shadow roots, out of site.css's reach.
  const adapt = (element) => {
    for (const child of element.querySelectorAll("*")) {
      if (child.classList.contains("bk-events")) child.style.touchAction = "pan-y";  // a vertical swipe scrolls the page
      if (!child.shadowRoot) continue;
      adapt(child.shadowRoot);
      const rule = ":host(:focus-visible), :focus-visible { outline: 3px solid var(--focus) !important; outline-offset: -3px !important; }";
      child.shadowRoot.append(make("style", {}, rule));
    }
  };

  const swatch = ({ hue, marker }) => {
    const template = make("template");
    template.innerHTML = `<svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="${MARKERS[marker]}" fill="var(--${hue})"/></svg>`;
    return template.content.firstChild;
  };

  const numbersOf = (shown) => {
    if (shown.y.factors) {
      return { headings: [shown.y.title, shown.x.title, "sd", "seeds"], rows: shown.lines.flatMap((line) => line.points.map((p) => [line.label, p.x, p.xSd, p.n])) };
    }
    const headings = ["line", ...(shown.along ? [shown.along] : []), shown.x.title, shown.y.title, "sd", "seeds"];
    const rows = shown.lines.flatMap((line) => line.points.map((p) => [line.label, ...(shown.along ? [p.at] : []), p.x, p.y, p.ySd, p.n]));
    return { headings, rows };
  };

  const tableOf = ({ headings, rows }) => {
    const isNumber = headings.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === "number"));
    const cells = (tag, row, text) => row.map((value, i) => make(tag, { className: isNumber[i] ? "number" : "" }, text(value)));
    const head = make("tr", {}, ...cells("th", headings, String));
    [...head.cells].forEach((cell) => (cell.scope = "col"));
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells("td", row, short)))));
    const scroll = make("div", { className: "scroll numbers", tabIndex: 0 }, table);
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "Numbers in this plot");
    return scroll;
  };

  const csvOf = ({ headings, rows }) => {
    const field = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
    return [headings, ...rows].map((row) => row.map(field).join(",")).join("\n") + "\n";
  };

  const save = (text, name) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };

  // One chart with its controls, legend and numbers.
  const start = (chart, data, style) => {
    const controls = make("div", { className: "controls" });
    const canvas = make("div", { className: "canvas" });
    const legend = make("ul", { className: "legend" });
    const caption = make("figcaption");
    const numbers = make("details", {}, make("summary", {}, "Numbers in this plot"));
    const figure = make("figure", { className: "plot" }, make("h4", {}, chart.title), controls, canvas, legend, caption, numbers);
    const hidden = new Set();
    let chosen = {};
    let shown = null;
    let view = null;
    let turn = 0;

    const setControls = () => {
      controls.replaceChildren();
      for (const { name, title, options, first, check } of chart.controls(data, chosen)) {
        if (check) {
          chosen[name] ??= true;
          const box = make("input", { type: "checkbox", name, checked: chosen[name] });
          box.addEventListener("change", () => { chosen[name] = box.checked; update(); });
          controls.append(make("label", { className: "check" }, box, title));
          continue;
        }
        const values = options.map(([value]) => value);
        if (!values.includes(chosen[name])) chosen[name] = values.includes(first) ? first : values[0];
        if (options.length < 2) continue;
        const select = make("select", { name }, ...options.map(([value, text]) => make("option", { value }, text)));
        select.value = chosen[name];
        select.addEventListener("change", () => {
          chosen[name] = select.value;
          setControls();  // what the others offer may depend on it
          controls.querySelector(`[name="${name}"]`).focus();
          update();
        });
        controls.append(make("label", {}, title, select));
      }
    };

    const setLegend = () => {
      legend.replaceChildren(...unique(shown.lines.map((line) => line.label)).map((label) => {
        const button = make("button", { type: "button" }, swatch(style(label)), make("span", {}, ...breakable(label)));
        button.setAttribute("aria-pressed", String(!hidden.has(label)));
        button.addEventListener("click", () => {
          hidden.has(label) ? hidden.delete(label) : hidden.add(label);
          button.setAttribute("aria-pressed", String(!hidden.has(label)));
          redraw();
        });
        return make("li", {}, button);
      }));
    };

    const fillNumbers = () => {
      if (!numbers.open) return;
      const found = numbersOf(shown);
      const button = make("button", { type: "button" }, "Save as CSV");
      button.addEventListener("click", () => save(csvOf(found), `${document.title.split(" ")[0]}-${chart.title.toLowerCase().replaceAll(" ", "-")}.csv`));
      numbers.replaceChildren(numbers.firstChild, tableOf(found), make("p", {}, button));
    };

    const redraw = async () => {
      const mine = ++turn;
      const visible = { ...shown, lines: shown.lines.filter((line) => !hidden.has(line.label)) };
      const made = await render(canvas, visible, style, chart.title);
      forget(mine === turn ? view : made);
      if (mine === turn) view = made;
    };

    const update = () => {
      shown = chart.draw(data, chosen);
      shown.lines = shown.lines.filter((line) => line.points.length);
      const seeds = unique(shown.lines.flatMap((line) => line.points.map((p) => p.n))).sort((a, b) => a - b);
      const levels = shown.levels.map(({ name, at }) => `${name === "random" ? "dotted: random" : "dashed: upper bound"} ${short(at)}`);
      const spread = seeds.at(-1) > 1 ? `${shown.band ? "bands" : "bars"}: one standard deviation over seeds` : "";
      const words = [chosen.problem, seeds.length ? `${seeds.length > 1 ? `${seeds[0]} to ${seeds.at(-1)}` : seeds[0]} ${seeds.at(-1) === 1 ? "seed" : "seeds"}` : "", spread, ...levels];
      caption.textContent = words.filter(Boolean).join("; ") + ".";
      if (shown.absent.length) caption.append(make("br"), `Not drawn: ${shown.absent.join("; ")}.`);
      setLegend();
      fillNumbers();
      redraw();
    };

    numbers.addEventListener("toggle", fillNumbers);
    document.addEventListener("themechange", redraw);
    setControls();
    return { figure, update };
  };

  document.addEventListener("DOMContentLoaded", () => {
    Bokeh.set_log_level("error");
    for (const target of document.querySelectorAll("[data-plots]")) {
      const data = JSON.parse(document.getElementById(target.dataset.plots).textContent);
      // A label keeps its colour and shape in all plots of a group; a family has its colour in all groups.
      const style = (label) => {
        const [hue, turn] = data.looks[label];
        return { hue: `series-${hue}`, marker: SHAPES[turn % SHAPES.length] };
      };
      const wanted = CHARTS.filter((one) => one.wanted(data));
      if (!wanted.length) target.append(make("p", {}, "Nothing to plot: no two answers have numbers that differ."));
      for (const chart of wanted) {
        const { figure, update } = start(chart, data, style);
        target.append(figure);
        update();
      }
    }
  });
})();
