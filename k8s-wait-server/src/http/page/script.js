"use strict";
// What the table shows without this is how it was when the page was asked for; with it the table follows the server.
const most = 200;
const body = document.querySelector("tbody");
const summary = document.getElementById("summary");
const more = document.getElementById("more");
const filter = document.forms[0];
let waiters = new Map();
let isStale = false;
// Before the first answer the page stays as the server has written it.
let isKnown = false;
const written = summary.textContent;
let trouble = "";
let shown = most;
let isDrawn = true;
let isPictured = true;

const make = (name, text, className) => {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
};

const age = (since) => {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours) return `${hours}h ${minutes}m`;
  return minutes ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
};

const line = ({ target, verdict, reason, message }) => {
  const item = make("li");
  item.append(make("b", verdict, verdict), ` ${target}`);
  if (reason) item.append(` ${reason}: ${message}`);
  return item;
};

const row = (waiter) => {
  const who = make("th", `${waiter.namespace}/${waiter.pod ?? "unknown"}`);
  who.scope = "row";
  if (waiter.serviceAccount) who.append(make("small", `ServiceAccount ${waiter.serviceAccount}`));
  if (waiter.isClaimed) who.append(make("small", "as it says itself"));
  const since = make("td");
  const time = make("time", age(waiter.since));
  time.dateTime = waiter.since;
  since.append(time);
  const targets = make("ul");
  const urgency = { failed: 0, pending: 1, ready: 2 };
  const sorted = [...waiter.targets].sort((a, b) => urgency[a.verdict] - urgency[b.verdict]);
  targets.append(...sorted.map(line));
  if (waiter.hidden) targets.append(make("li", `${waiter.hidden} more that you may not ask about`));
  if (waiter.cause) {
    const { namespace, pod, target, reason, message } = waiter.cause;
    targets.append(make("li", `which waits for pod ${namespace}/${pod}, and that for ${target} ${reason}: ${message}`));
  }
  if (waiter.cycle) targets.append(make("li", `Cycle: ${waiter.cycle}`, "cycle"));
  const why = make("td");
  why.append(targets);
  const tr = make("tr");
  tr.append(who, since, why);
  return tr;
};

const matches = (waiter) => {
  const text = filter.elements.text.value.trim().toLowerCase();
  const words = [waiter.namespace, waiter.pod ?? "", ...waiter.targets.flatMap((t) => [t.target, t.reason ?? ""])];
  return !text || words.some((word) => word.toLowerCase().includes(text));
};

const draw = () => {
  isDrawn = true;
  const state = isStale ? `, as of a moment ago: ${trouble}` : "";
  if (!isKnown) {
    summary.textContent = written + state;
    return;
  }
  const wanted = [...waiters.values()].filter(matches).sort((a, b) => Date.parse(a.since) - Date.parse(b.since) || a.id - b.id);
  const ahead = wanted.slice(0, shown);
  // What is as it was keeps its row, and with it the place that somebody reads or has marked.
  for (const waiter of ahead) waiter.row ??= row(waiter);
  const rows = ahead.map((waiter) => waiter.row);
  rows.forEach((tr, index) => {
    if (body.children[index] !== tr) body.insertBefore(tr, body.children[index] ?? null);
  });
  while (body.children.length > rows.length) body.lastElementChild.remove();
  more.hidden = wanted.length <= shown;
  more.textContent = `Show ${wanted.length - shown} more`;
  const count = `${wanted.length} of ${waiters.size} waiting`;
  summary.textContent = count + state;
};

const redraw = () => {
  if (isDrawn) requestAnimationFrame(draw);
  isDrawn = false;
  isPictured = false;
};

// The server draws the picture, from the same as the page that it was asked for.
const picture = async () => {
  if (isPictured || isStale || document.hidden) return;
  isPictured = true;
  const answer = await fetch(`?${new URLSearchParams(new FormData(filter))}`);
  if (!answer.ok) return;
  // That alone: the style of a page that is only read counts as one that was smuggled in.
  const [section] = /<section id="graph">.*?<\/section>/s.exec(await answer.text());
  const page = new DOMParser().parseFromString(section, "text/html");
  const [before, after] = [document, page].map((from) => from.getElementById("graph"));
  if (!before.isEqualNode(after)) before.replaceChildren(...after.childNodes);
};

const take = (event) => {
  if (event.event === "waiter") waiters.set(event.id, event);
  if (event.event === "gone") waiters.delete(event.id);
};

const follow = async () => {
  const query = new URLSearchParams();
  const namespace = filter.elements.namespace.value.trim();
  if (namespace) query.set("namespace", namespace);
  const answer = await fetch(`v1/waiters?${query}`, { headers: { Accept: "application/x-ndjson" } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  // Numbers begin anew with another server, so nothing that is known is kept.
  waiters = new Map();
  isStale = false;
  isKnown = true;
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    lines.forEach((text) => take(JSON.parse(text)));
    redraw();
  }
};

const keep = async () => {
  for (;;) {
    trouble = "the server does not answer";
    await follow().catch((error) => {
      // fetch has a TypeError for a server that is not there; all else is what the server says.
      if (!(error instanceof TypeError)) trouble = error.message;
    });
    isStale = true;
    redraw();
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
};

filter.elements.text.addEventListener("input", redraw);
filter.addEventListener("reset", () => setTimeout(redraw));
more.addEventListener("click", () => {
  shown = Infinity;
  redraw();
});
document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  filter.elements.text.focus();
});
setInterval(() => picture().catch(() => {}), 3000);
setInterval(() => {
  for (const time of body.getElementsByTagName("time")) time.textContent = age(time.dateTime);
}, 1000);
keep();
