/* Keeps the page up to date while a pipeline runs: see LivePage. */
(() => {
  "use strict";

  /** Rates are those of the last so many events, one a second. */
  const RATE_OVER = 5;
  /** Events that the lines show. */
  const LINE_OVER = 120;

  const byId = (id) => document.getElementById(id);
  const events = []; // the last ones
  let source = null;
  let value = null; // whose images are shown

  function make(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  // ---- numbers ---------------------------------------------------------------------------------

  /** The rates between two events. */
  function between(before, now) {
    const seconds = now.seconds - before.seconds;
    if (seconds <= 0) return null;
    return {
      samplesPerSecond: (now.samples - before.samples) / seconds,
      stoodStillShare: Math.min(1, (now.stoodStillSeconds - before.stoodStillSeconds) / seconds),
    };
  }

  function withRates(statistics) {
    const before = events[Math.max(0, events.length - 1 - RATE_OVER)].statistics.run;
    return { ...statistics, run: { ...statistics.run, ...between(before, statistics.run) } };
  }

  function line(id, key, top) {
    const points = [];
    for (let at = 1; at < events.length; at++) {
      const rates = between(events[at - 1].statistics.run, events[at].statistics.run);
      points.push(rates ? rates[key] : 0);
    }
    const most = top ?? Math.max(1e-9, ...points);
    const x = (at) => 100 * (at + LINE_OVER - points.length) / (LINE_OVER - 1);
    byId(id).setAttribute(
      "points",
      points.map((each, at) => `${x(at).toFixed(1)},${(19 - 18 * Math.min(1, each / most)).toFixed(1)}`)
        .join(" "));
  }

  // ---- what is shown ---------------------------------------------------------------------------

  function show(event) {
    events.push(event);
    if (events.length > LINE_OVER) events.shift();
    headrace.show(withRates(event.statistics));
    line("rate-line", "samplesPerSecond");
    line("wait-line", "stoodStillShare", 1);
    say(event.closed ? "the pipeline is closed" : "live", event.closed ? "over" : "good");
    byId("at").textContent = event.iteration === undefined
      ? "no batch is held now" : `batch ${event.iteration + 1} of the run, in epoch ${event.epoch + 1}`;
    showErrors(event);
    showValues(event.values);
    if (event.iteration !== undefined) showSheet(event.iteration);
  }

  function say(text, className) {
    const state = byId("state");
    if (state.textContent !== text) state.textContent = text; // else it is read out again
    state.className = className;
  }

  function showErrors(event) {
    const all = byId("errors");
    all.hidden = event.errors.length === 0;
    if (all.dataset.count === String(event.errorCount)) return;
    all.dataset.count = event.errorCount;
    byId("error-count").textContent =
      event.errorCount === 1 ? "1 error" : `${event.errorCount} errors`;
    byId("error-list").replaceChildren(...event.errors.map((each) => make("li", "", each)));
  }

  /** Lists the values that can be shown, where that has changed. */
  function showValues(values) {
    const choice = byId("value");
    if (values.length === 0 || choice.dataset.values === values.join("\n")) return;
    choice.dataset.values = values.join("\n");
    choice.replaceChildren(...values.map((each) => new Option(each, each)));
    if (!values.includes(value)) value = values[0];
    choice.value = value;
    byId("sheet-part").hidden = false;
  }

  /** Draws the next sheet beside, and puts it in place once it is there. */
  function showSheet(iteration) {
    if (value === null) return;
    const next = new Image();
    next.id = "sheet";
    next.alt = `images of ${value} in batch ${iteration + 1} of the run`;
    next.addEventListener("load", () => byId("sheet").replaceWith(next));
    next.src = `sheet?value=${encodeURIComponent(value)}&n=${iteration}`;
  }

  byId("value").addEventListener("change", (event) => {
    value = event.target.value;
    const last = events.at(-1);
    if (last?.iteration !== undefined) showSheet(last.iteration);
  });

  // ---- the connection --------------------------------------------------------------------------

  function listen() {
    if (source || document.hidden) return;
    source = new EventSource("events");
    source.addEventListener("message", (message) => show(JSON.parse(message.data)));
    source.addEventListener("end", () => {
      say("this page is no longer served", "over");
      document.removeEventListener("visibilitychange", turn);
      rest();
    });
    source.addEventListener("error", () => {
      const refused = source?.readyState === EventSource.CLOSED; // else it is tried again
      say(
        refused
          ? "refused: too many pages show this run; close one, then reload"
          : "not connected: the program has ended, or is stopped", "bad");
      if (refused) rest();
    });
  }

  function rest() {
    source?.close();
    source = null;
  }

  // what nobody sees is not worked out
  function turn() {
    if (document.hidden) rest();
    else listen();
  }

  document.addEventListener("visibilitychange", turn);
  listen();
})();
