// The page of a graph: switch, look around, search, panel, keys. What it shows of each box stands
// in the JSON block `data`, what it draws in the SVGs; nothing is put in as HTML.
// Other scripts may call `headrace.show(statistics)`.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const stage = byId("stage");
  const noMotion = matchMedia("(prefers-reduced-motion: reduce)");

  /** Makes an element with text and children. */
  function make(tag, className, ...content) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content);
    return element;
  }

  // ---- drawings, and where each is looked at -------------------------------------------------

  const FAR = 0.5; // below, only names are shown
  const LEAST = 0.04, MOST = 4;
  const views = new Map();
  let view;

  /** One drawing: its boxes and arrows, and the camera over it. */
  class View {
    constructor(prefix) {
      this.prefix = prefix;
      this.svg = byId(prefix + "drawing");
      this.camera = this.svg.querySelector(".camera");
      this.width = Number(this.svg.dataset.width);
      this.height = Number(this.svg.dataset.height);
      this.boxes = [...this.svg.querySelectorAll(".box")];
      this.targets = [...this.svg.querySelectorAll(".box, .part")]; // what can be chosen
      this.arrows = [...this.svg.querySelectorAll(".arrow")];
      this.places = new Map(this.boxes.map((box) => [box.id, place(box)]));
      this.viewBox = this.svg.getAttribute("viewBox");
      this.svg.removeAttribute("viewBox");
      this.seen = false;
    }

    /** Shows the point (x, y) of the drawing at the top left, so large. */
    look(x, y, scale) {
      cancelAnimationFrame(this.motion);
      this.fitted = false;
      this.x = x;
      this.y = y;
      this.scale = within(scale);
      const by = this.scale;
      this.camera.setAttribute("transform", `translate(${-x * by} ${-y * by}) scale(${by})`);
      this.svg.classList.toggle("far", by < FAR);
      byId("zoom").textContent = Math.round(100 * by) + " %";
      drawMapView();
    }

    /** The same, in a few steps, for those who do not mind motion. */
    glide(x, y, scale) {
      const from = { x: this.x, y: this.y, scale: this.scale };
      const to = { x, y, scale: within(scale) };
      if (noMotion.matches || from.scale === undefined) {
        this.look(x, y, scale);
        return;
      }
      const fitted = this.fitting;
      const begin = performance.now();
      const step = (now) => {
        const part = Math.min(1, Math.max(0, (now - begin) / 180));
        const done = part * (2 - part);
        // sizes go by factors, and what is shown goes straight to where it is wanted
        const by = from.scale * (to.scale / from.scale) ** done;
        const way = to.scale === from.scale
          ? done : (1 / by - 1 / from.scale) / (1 / to.scale - 1 / from.scale);
        this.look(from.x + way * (to.x - from.x), from.y + way * (to.y - from.y), by);
        if (part < 1) this.motion = requestAnimationFrame(step);
        else this.fitted = fitted;
      };
      this.motion = requestAnimationFrame(step);
    }

    /** Shows all of it, at most at full size. */
    fit(slowly) {
      const { width, height } = room();
      const scale = Math.max(LEAST, Math.min(1, width / this.width, height / this.height));
      const x = (this.width - width / scale) / 2;
      const y = Math.max((this.height - height / scale) / 2, -24 / scale);
      this.fitting = true;
      if (slowly) {
        this.glide(x, y, scale);
      } else {
        this.look(x, y, scale);
      }
      this.fitted = true;
      this.fitting = false;
    }

    /** After the room has changed: shows all of it again if it did before. */
    refit() {
      if (this.fitted) this.fit();
      else drawMapView();
    }

    /** At first: all of it where that can be read, else its beginning. */
    begin() {
      this.fit();
      if (this.scale < 0.3) {
        const { width } = room();
        const first = this.places.get(this.boxes[0].id);
        this.look(first.x + first.width / 2 - width / 2 / FAR, first.y - 60, FAR);
      }
    }

    zoom(factor, atX = room().width / 2, atY = room().height / 2) {
      const scale = within(this.scale * factor);
      const keep = 1 / this.scale - 1 / scale;
      this.look(this.x + atX * keep, this.y + atY * keep, scale);
    }

    /** Brings a box into sight, and near enough to be read where that is asked. */
    show(target, near) {
      const box = this.places.get(target.closest(".box").id);
      const { width, height } = room();
      const scale = near ? Math.max(this.scale, 0.9) : this.scale;
      const inSight =
        scale === this.scale &&
        (box.x - this.x) * scale > 20 && (box.x + box.width - this.x) * scale < width - 20 &&
        (box.y - this.y) * scale > 20 && (box.y + box.height - this.y) * scale < height - 20;
      if (!inSight) {
        this.glide(
          box.x + box.width / 2 - width / 2 / scale,
          box.y + box.height / 2 - height / 2 / scale, scale);
      }
    }
  }

  function within(scale) {
    return Math.min(MOST, Math.max(LEAST, scale));
  }

  function place(box) {
    const [, x, y] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(box.getAttribute("transform"));
    const face = box.querySelector(".face");
    return {
      x: Number(x),
      y: Number(y),
      width: Number(face.getAttribute("width")),
      height: Number(face.getAttribute("height")),
    };
  }

  function room() {
    return { width: stage.clientWidth || 1, height: stage.clientHeight || 1 };
  }

  /** Switches to a drawing; what was chosen stays so, if it is there. */
  function switchTo(prefix) {
    const chosen = panel.target && nameOf(panel.target);
    view = views.get(prefix);
    for (const each of views.values()) each.svg.style.display = each === view ? "" : "none";
    for (const button of document.querySelectorAll("[data-show]")) {
      button.setAttribute("aria-pressed", String(button.dataset.show === prefix));
      button.disabled = !views.has(button.dataset.show);
      button.title = !button.disabled ? "" : data.problems.length > 0
        ? "it does not run: the planner refuses it" : "no plan was drawn, so what runs is not known";
    }
    if (!view.seen) {
      view.seen = true;
      view.begin();
    } else if (view.fitted) {
      view.fit();
    } else {
      view.look(view.x, view.y, view.scale);
    }
    drawMap();
    search.run();
    if (chosen !== null && chosen !== undefined) {
      const same = view.targets.find((each) => nameOf(each) === chosen);
      if (same) panel.open(same);
      else panel.close();
    }
  }

  /** The name of a node, or of an output with its kind, so that they are not confused. */
  function nameOf(target) {
    const set = target.dataset;
    return set.node !== undefined ? "node " + set.node : "other " + data.boxes[target.id].name;
  }

  // ---- the map in the corner -----------------------------------------------------------------

  const map = byId("map");
  const MAP = 150;

  function rectangle(place, className) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    if (className) element.setAttribute("class", className);
    for (const key of ["x", "y", "width", "height"]) element.setAttribute(key, place[key]);
    return element;
  }

  function drawMap() {
    const by = Math.min(MAP / view.width, MAP / view.height);
    map.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
    map.setAttribute("width", Math.max(24, view.width * by));
    map.setAttribute("height", Math.max(24, view.height * by));
    map.replaceChildren(
      ...[...view.places.values()].map((each) => rectangle(each)),
      rectangle({ x: 0, y: 0, width: 1, height: 1 }, "view"));
    drawMapView();
  }

  function drawMapView() {
    const shown = map.querySelector(".view");
    if (!shown || !view || view.scale === undefined) return;
    const { width, height } = room();
    shown.setAttribute("x", view.x);
    shown.setAttribute("y", view.y);
    shown.setAttribute("width", width / view.scale);
    shown.setAttribute("height", height / view.scale);
    const seen = (from, room, whole) =>
      Math.max(0, Math.min(whole, from + room / view.scale) - Math.max(0, from)) / whole;
    const share = seen(view.x, width, view.width) * seen(view.y, height, view.height);
    map.style.display = share > 0.6 ? "none" : "";
  }

  function lookFromMap(event) {
    if (event.buttons !== 1) return;
    const bounds = map.getBoundingClientRect();
    const { width, height } = room();
    view.look(
      ((event.clientX - bounds.left) / bounds.width) * view.width - width / 2 / view.scale,
      ((event.clientY - bounds.top) / bounds.height) * view.height - height / 2 / view.scale,
      view.scale);
    event.stopPropagation();
  }
  map.addEventListener("pointerdown", lookFromMap);
  map.addEventListener("pointermove", lookFromMap);

  // ---- pan and zoom ----------------------------------------------------------------------------

  const pointers = new Map();
  let moved = false;

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("#legend, #map")) return;
    if (pointers.size === 0) moved = false;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.x, dy = event.clientY - before.y;
    if (!moved && Math.hypot(dx, dy) < 4) return;
    moved = true;
    stage.classList.add("dragging");
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const bounds = stage.getBoundingClientRect();
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      view.zoom(is / Math.max(1, was), other.x - bounds.left, other.y - bounds.top);
    } else {
      view.look(view.x - dx / view.scale, view.y - dy / view.scale, view.scale);
    }
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      stage.classList.remove("dragging");
    });
  }
  stage.addEventListener("wheel", (event) => {
    if (event.target.closest("#legend")) return;
    event.preventDefault();
    const bounds = stage.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 16 : 1;
    view.zoom(
      Math.exp(-event.deltaY * lines * 0.0015),
      event.clientX - bounds.left, event.clientY - bounds.top);
  }, { passive: false });

  byId("larger").addEventListener("click", () => view.zoom(1.3));
  byId("smaller").addEventListener("click", () => view.zoom(1 / 1.3));
  byId("fit").addEventListener("click", () => view.fit(true));
  addEventListener("resize", () => view.refit());

  // ---- search ----------------------------------------------------------------------------------

  const search = {
    input: byId("search"),
    found: [],
    at: -1,

    /** Marks what has the words in its name, kind, arguments or facts. */
    run() {
      const words = typed(this.input.value).split(/\s+/).filter(Boolean);
      for (const each of views.values()) {
        each.svg.classList.toggle("searching", words.length > 0);
        for (const target of each.targets) target.classList.remove("found");
      }
      this.found = words.length === 0 ? [] : view.targets.filter((target) => {
        const about = textOf(data.boxes[target.id]);
        return words.every((word) => about.includes(word));
      });
      for (const target of this.found) target.classList.add("found");
      this.at = -1;
      this.tell();
    },

    /** Goes to the next that was found, or the one before. */
    go(step) {
      const count = this.found.length;
      if (count === 0) return;
      this.at = this.at < 0 && step < 0 ? count - 1 : (this.at + step + count) % count;
      const target = this.found[this.at];
      view.show(target, true);
      panel.open(target);
      this.tell();
    },

    tell() {
      const count = this.found.length;
      const asked = this.input.value.trim() !== "";
      byId("found").textContent =
        !asked ? "" : this.at < 0 ? `${count} found` : `${this.at + 1} of ${count}`;
      byId("next").disabled = byId("previous").disabled = count === 0;
    },
  };

  /** What is searched of a box; of its inputs the arguments that they fill, not who makes them. */
  function textOf(box) {
    const pairs = [...box.arguments, ...box.facts].map(([name, value]) => name + "=" + value);
    const filled = box.parts ? [] : box.inputs.map(([argument]) => argument);
    return typed([box.name, box.kind, box.role, box.reason ?? "", ...pairs, ...filled].join("\n"));
  }

  /** As it is typed: no keyboard has the sign between the extents of a shape. */
  function typed(text) {
    return text.toLowerCase().replaceAll("×", "x").replaceAll("…", "");
  }

  search.input.addEventListener("input", () => {
    search.run();
    if (search.found.length > 0) view.show(search.found[0], false);
  });
  search.input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      search.go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      search.input.value = "";
      search.run();
      search.input.blur();
      event.stopPropagation();
    }
  });
  byId("next").addEventListener("click", () => search.go(1));
  byId("previous").addEventListener("click", () => search.go(-1));

  // ---- the panel beside ------------------------------------------------------------------------

  const panel = {
    aside: byId("panel"),
    about: byId("about"),
    target: null,

    open(target) {
      this.mark(target);
      this.fill();
      this.about.scrollTop = this.aside.scrollTop = 0;
      if (this.aside.hidden) {
        this.aside.hidden = false;
        view.refit();
        if (!view.fitted) view.show(target, false);
      }
    },

    close() {
      const target = this.target;
      this.mark(null);
      this.aside.hidden = true;
      view.refit();
      return target;
    },

    /** Marks what is chosen, and the arrows at it. */
    mark(target) {
      for (const each of views.values()) {
        for (const chosen of each.svg.querySelectorAll(".chosen")) chosen.classList.remove("chosen");
        for (const near of each.svg.querySelectorAll(".near")) near.classList.remove("near");
      }
      this.target = target;
      if (!target) return;
      target.classList.add("chosen");
      const id = target.closest(".box").id;
      for (const arrow of view.arrows) {
        if (arrow.dataset.from === id || arrow.dataset.to === id) arrow.classList.add("near");
      }
    },

    fill() {
      const box = data.boxes[this.target.id];
      const docs = box.docs && byId(box.docs).content.cloneNode(true);
      this.about.replaceChildren(...[
        make("h2", "", box.name),
        make("p", "what", box.kind === box.role ? box.kind : `${box.kind} · ${box.role}`),
        box.reason && make("p", "reason", "Does not run by itself: " + box.reason + "."),
        ...box.problems.map((problem) => make("p", "problem", problem)),
        statisticsOf(box),
        samplesOf(box),
        ...section("Parts", box.parts && list(box.parts.map((part) => [part, ""]))),
        ...section("Inputs", inputsOf(box)),
        ...section("Arguments", argumentsOf(box, docs)),
        ...section("Facts", box.facts.length > 0 && list(box.facts)),
        ...section("What it does", docs && make("div", "docs", docs)),
      ].flat().filter(Boolean));
    },

    /** Shows new statistics, and leaves all else as it is: somebody may be about to use it. */
    renew() {
      if (!this.target) return;
      this.about.querySelector(".in-run").replaceWith(statisticsOf(data.boxes[this.target.id]));
    },
  };

  function section(heading, content) {
    return content ? [make("h3", "", heading), content] : [];
  }

  function list(pairs) {
    const all = make("dl");
    for (const [name, value] of pairs) all.append(make("dt", "", name), make("dd", "", value));
    return all;
  }

  function inputsOf(box) {
    const data = box.inputs.filter(([argument]) => argument === "");
    return data.length > 0 && list(data.map(([, from]) => ["from", from]));
  }

  /**
   * The arguments, constants and those that nodes give, with their documentation, which is taken
   * out of what the operator's says.
   */
  function argumentsOf(box, docs) {
    const all = make("dl", "arguments");
    const given = box.inputs
      .filter(([argument]) => argument !== "")
      .map(([argument, from]) => [argument, "from " + from]);
    for (const [name, value] of [...box.arguments, ...given]) {
      const cell = make("dd", "", make("span", "value", value));
      const about = docs && [...docs.querySelectorAll("[data-param]")]
        .find((each) => each.dataset.param === name);
      if (about) cell.append(make("small", "", ...about.childNodes));
      all.append(make("dt", "", name), cell);
    }
    if (all.childElementCount === 0) return null;
    if (docs) for (const rest of docs.querySelectorAll("dl")) rest.remove();
    return all;
  }

  function samplesOf(box) {
    const known = box.samples.map((key) => [key, data.samples[key]]).filter(([, each]) => each);
    return section("Seen in a batch", known.length > 0 && make("div", "",
      ...known.map(([, sample]) => make("div", "",
        make("p", "value", sample.spec),
        make("div", "samples", ...sample.images.map(figure))))));
  }

  function figure(image) {
    const shown = make("img");
    shown.src = image.address;
    shown.alt = "a sample" + (image.note ? ", " + image.note : "");
    return make("figure", "", shown, image.note ? make("figcaption", "", image.note) : "");
  }

  byId("close").addEventListener("click", () => panel.close()?.focus());
  stage.addEventListener("click", (event) => {
    if (moved || event.target.closest("#legend, #map")) return;
    const target = event.target.closest(".part, .box");
    if (target) {
      target.focus({ preventScroll: true });
      panel.open(target);
    } else {
      panel.close();
    }
  });
  stage.addEventListener("dblclick", (event) => {
    const target = event.target.closest(".box");
    if (target) view.show(target, true);
  });
  stage.addEventListener("focusin", (event) => {
    const target = event.target.closest(".part, .box");
    if (target && target.matches(":focus-visible")) {
      view.show(target, false);
      if (!panel.aside.hidden) panel.open(target);
    }
    stage.scrollTop = stage.scrollLeft = 0;
  });

  // ---- statistics ------------------------------------------------------------------------------

  let statistics = data.statistics ?? null;

  const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
  const percent = (share) => (100 * share).toFixed(share < 0.0995 ? 1 : 0) + " %";

  function time(seconds) {
    const [by, unit] =
      seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e3, "ms"] : seconds >= 1e-6 ? [1e6, "µs"] : [1e9, "ns"];
    return short.format(seconds * by) + " " + unit;
  }

  function bytes(count) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let at = 0;
    while (count >= 1024 && at < units.length - 1) {
      count /= 1024;
      at++;
    }
    return short.format(count) + " " + units[at];
  }

  /** What a number is called, and how it is written; a number that is not given is not shown. */
  const OF_RUN = [
    ["samplesPerSecond", "samples/s", whole.format],
    ["stoodStillShare", "training stood still for data", percent],
    ["batches", "batches", whole.format],
    ["samples", "samples", whole.format],
    ["seconds", "time", time],
    ["batchesReady", "batches ready", whole.format],
    ["iterationsInFlight", "in flight", whole.format],
    ["idleShare", "workers idle", percent],
    ["lentBytes", "memory lent", (lent, run) => bytes(lent) + " of " + bytes(run.limitBytes)],
    ["failures", "failures", whole.format],
    ["badSamples", "bad samples", whole.format],
  ];
  const HIDDEN_AT_ZERO = ["failures", "badSamples"];
  const OF_NODE = [
    ["share", "share of work", percent],
    ["seconds", "time in sum", time],
    ["secondsPerSample", "a sample, mean", time],
    ["medianSampleSeconds", "a sample, median", time],
    ["p99SampleSeconds", "99 of 100 samples within", time],
    ["medianBatchSeconds", "a batch, median", time],
    ["p99BatchSeconds", "99 of 100 batches within", time],
    ["samples", "samples", whole.format],
    ["samplesPerSecond", "samples/s alone", whole.format],
    ["bytes", "bytes written", bytes],
    ["thread", "runs on", String],
  ];

  function rows(kinds, numbers) {
    return kinds
      .filter(([key]) => numbers[key] !== undefined && numbers[key] !== null)
      .filter(([key]) => numbers[key] !== 0 || !HIDDEN_AT_ZERO.includes(key))
      .map(([key, name, write]) => [name, write(numbers[key], numbers)]);
  }

  /** A node's own numbers; those of several nodes of one name are not told apart. */
  function numbersOf(name) {
    return statistics && Object.hasOwn(statistics.nodes, name) ? statistics.nodes[name] : null;
  }

  function statisticsOf(box) {
    const numbers = ["source", "sample", "batch"].includes(box.role) && numbersOf(box.name);
    const part = make("div", "in-run");
    if (!numbers) return part;
    const all = list(rows(OF_NODE, numbers));
    all.className = "statistics";
    part.append(...section("In the run", all));
    return part;
  }

  function paint() {
    const run = byId("run");
    run.hidden = !statistics;
    if (!statistics) return;
    run.replaceChildren(...rows(OF_RUN, statistics.run).map(([name, value]) =>
      make("div", "", make("dt", "", name), make("dd", "", value))));
    if (statistics.run.sentence) {
      const sentence = make("div", "sentence",
        make("dt", "", ""), make("dd", "", statistics.run.sentence));
      sentence.title = statistics.run.sentence;
      run.append(sentence);
    }
    for (const each of views.values()) {
      for (const box of each.svg.querySelectorAll(".box[data-node]")) {
        const bar = box.querySelector(".share-bar");
        const share = numbersOf(box.dataset.node)?.share ?? null;
        bar.setAttribute("width", share === null ? 0 : share * Number(bar.dataset.full));
        box.querySelector(".share").textContent = share === null ? "" : percent(share);
      }
    }
    panel.renew();
  }

  // ---- keys ------------------------------------------------------------------------------------

  /** The box to go to from one, by an arrow key. */
  function neighbour(box, key) {
    const at = view.places.get(box.id);
    const middle = (place) => place.x + place.width / 2;
    if (key === "ArrowDown" || key === "ArrowUp") {
      const [here, there] = key === "ArrowDown" ? ["from", "to"] : ["to", "from"];
      const linked = view.arrows
        .filter((arrow) => arrow.dataset[here] === box.id)
        .map((arrow) => byId(arrow.dataset[there]))
        .filter((each) => each.classList.contains("box"));
      return nearest(linked, (each) => Math.abs(middle(view.places.get(each.id)) - middle(at)));
    }
    const side = key === "ArrowRight" ? 1 : -1;
    const beside = view.boxes.filter((each) => {
      const place = view.places.get(each.id);
      return side * (middle(place) - middle(at)) > 1 &&
        place.y < at.y + at.height && place.y + place.height > at.y;
    });
    return nearest(beside, (each) => Math.abs(middle(view.places.get(each.id)) - middle(at)));
  }

  function nearest(boxes, distance) {
    return boxes.reduce(
      (best, each) => (best === null || distance(each) < distance(best) ? each : best), null);
  }

  function focusTo(target) {
    if (!target) return;
    target.focus({ preventScroll: true, focusVisible: true });
    view.show(target, false);
    if (!panel.aside.hidden) panel.open(target);
  }

  function turnTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }

  function otherDrawing() {
    const other = [...views.keys()].find((prefix) => views.get(prefix) !== view);
    if (other) switchTo(other);
  }

  const KEYS = {
    "/": () => search.input.focus(),
    "?": () => byId("keys").showModal(),
    "b": otherDrawing,
    "t": turnTheme,
    "+": () => view.zoom(1.3),
    "=": () => view.zoom(1.3),
    "-": () => view.zoom(1 / 1.3),
    "−": () => view.zoom(1 / 1.3),
    "0": () => view.fit(true),
    "Escape": () => {
      if (!panel.aside.hidden) panel.close()?.focus({ focusVisible: true });
    },
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    if (event.target.matches?.("input, select")) return;
    const target = event.target instanceof Element ? event.target.closest(".part, .box") : null;
    if (event.key.startsWith("Arrow") && target) {
      focusTo(neighbour(target.closest(".box"), event.key));
    } else if ((event.key === "Enter" || event.key === " ") && target) {
      panel.open(target);
    } else if (Object.hasOwn(KEYS, event.key)) {
      KEYS[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  });
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("theme").addEventListener("click", turnTheme);

  // ---- paper -----------------------------------------------------------------------------------

  addEventListener("beforeprint", () => {
    view.svg.setAttribute("viewBox", view.viewBox);
    view.camera.removeAttribute("transform");
    view.svg.classList.remove("far");
  });
  addEventListener("afterprint", () => {
    view.svg.removeAttribute("viewBox");
    view.look(view.x, view.y, view.scale);
  });

  // ---- begin -----------------------------------------------------------------------------------

  for (const svg of stage.querySelectorAll(":scope > .drawing")) {
    const prefix = svg.id.slice(0, -"drawing".length);
    views.set(prefix, new View(prefix));
  }
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => switchTo(button.dataset.show));
  }
  if (data.problems.length > 0) {
    const all = byId("problems");
    all.append(
      make("p", "", "The planner refuses this graph:"),
      make("ul", "", ...data.problems.map((problem) => make("li", "", problem))));
    all.hidden = false;
  }
  paint();
  switchTo(document.body.dataset.start);

  /** For pages that are live. */
  globalThis.headrace = {
    /** Shows the statistics of a run, as in the data block, in place. */
    show(numbers) {
      statistics = numbers;
      paint();
    },
  };
})();
