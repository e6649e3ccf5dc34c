// A read-only view of the API. Whatever comes from it is put into the page as text, never as HTML.

const kRefreshMilliseconds = 2000;
const kTimeoutMilliseconds = 15000;
// After a refresh the page rests this many times as long as the refresh took: on lists that are slow
// to count, it leaves the service to others.
const kRest = 4;
const kListsPerPage = 20;
const kRowsPerPage = 50;
const kSlots = [0, 1, 2, 3, 4];
const kDefaultThreshold = "3";
const kMaxEventAgeSeconds = 60;

const content = document.getElementById("content");
const dialog = document.getElementById("login");
const tokenInput = document.getElementById("token");

// ---- The API.

class ApiError extends Error {
  constructor(message, status = null) {
    super(message);
    this.status = status;
  }
}

// Kept for the tab, and gone with it.
let token = sessionStorage.getItem("outdial-token") || "";

async function request(path) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const signal = AbortSignal.timeout(kTimeoutMilliseconds);
  try {
    return await fetch(path, { headers, signal, cache: "no-store" });
  } catch {
    throw new ApiError("The service does not answer.");
  }
}

async function ask(path, query = {}) {
  const parameters = new URLSearchParams(query).toString();
  const response = await request(parameters ? `${path}?${parameters}` : path);
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw new ApiError(body?.message || `The service answers ${response.status}.`, response.status);
}

// null where it cannot be had: a list may have been deleted since it was listed.
async function askProgress(id, query) {
  try {
    return await ask(`/v1/outdials/${encodeURIComponent(id)}/progress`, thresholdsOf(query));
  } catch (error) {
    if (error instanceof ApiError && error.status !== null && error.status !== 401) return null;
    throw error;
  }
}

function pageQuery(size, query) {
  const before = query.get("before");
  return before ? { page_size: size, page_token: before } : { page_size: size };
}

// ---- Elements.

// element("td", {class: "number"}, "1", otherElement); what is null is left out.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function link(text, path) { return element("a", { href: "#" + path }, text); }

// The roles are told because a table whose parts are shown as blocks, on a narrow screen, would
// lose them.
function table(caption, columns, rows) {
  const head = columns.map((column) => element("th",
    { role: "columnheader", scope: "col", class: column.number ? "number" : null }, column.name));
  const body = rows.map((row) => element("tr", { role: "row", "data-key": row.id },
    ...columns.map((column) => element("td",
      { role: "cell", class: column.number ? "number" : null, "data-name": column.name },
      column.cell(row)))));
  return element("table", { role: "table" },
    element("caption", {}, caption),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)),
    element("tbody", { role: "rowgroup" }, ...body));
}

// definitions(["Status", "idle"], null, …)
function definitions(...pairs) {
  return element("dl", {}, ...pairs.filter((pair) => pair !== null).flatMap(([name, value]) =>
    [element("dt", {}, name), element("dd", {}, value)]));
}

const number = (value) => value.toLocaleString("en");
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;
const time = (value) => value === null ? "–"
  : element("time", { datetime: value }, value.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC"));
const titleOf = (entity) => entity.name || "(no name)";

const keyOf = (node) => node.dataset && node.dataset.key;

// Makes `old` look like `made`, and keeps what need not change: the focus, a selection, and the
// place where somebody reads.
function patch(old, made) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== made.data) old.data = made.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!made.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of made.attributes) {
    if (old.getAttribute(name) === value) continue;
    if (name === "style") old.style.cssText = value;  // the attribute itself is forbidden to set
    else old.setAttribute(name, value);
  }
  patchChildren(old, [...made.childNodes]);
}

function patchChildren(parent, made) {
  const keys = new Set(made.map(keyOf));
  for (const child of [...parent.childNodes]) {
    if (keyOf(child) && !keys.has(keyOf(child))) child.remove();
  }
  const keyed = new Map([...parent.childNodes].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = parent.firstChild;
  for (const child of made) {
    const old = keyOf(child) ? keyed.get(keyOf(child)) : at;
    if (!old || old.nodeName !== child.nodeName || keyOf(old) !== keyOf(child)) {
      parent.insertBefore(child, at);
      continue;
    }
    if (old !== at) parent.insertBefore(old, at);
    patch(old, child);
    at = old.nextSibling;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// ---- Progress.

const kParts = [
  { key: "done", name: "done", count: (progress) => progress.targets.done },
  { key: "progressing", name: "being dialled", count: (progress) => progress.targets.progressing },
  { key: "dialable", name: "to be dialled", count: (progress) => progress.dialable },
  { key: "exhausted", name: "tried often enough", count: (progress) => progress.exhausted },
];

function totalOf(progress) {
  return progress.targets.idle + progress.targets.progressing + progress.targets.done;
}

const describe = (part, progress) => `${number(part.count(progress))} ${part.name}`;

function bar(progress) {
  const label = totalOf(progress) === 0 ? "no targets"
    : kParts.map((part) => describe(part, progress)).join(", ");
  const made = element("div", { class: "bar", role: "img", "aria-label": label, title: label });
  for (const part of kParts) {
    if (part.count(progress) === 0) continue;
    const piece = element("span", { class: part.key });
    piece.style.flexGrow = part.count(progress);
    made.append(piece);
  }
  return made;
}

// What the colours mean, and with `progress` how many there are of each.
function legend(progress = null) {
  return element("ul", { class: "legend" }, ...kParts.map((part) => element("li", {},
    element("i", { class: part.key }), progress ? describe(part, progress) : part.name)));
}

function progressParts(progress) {
  if (progress === null) return [element("p", {}, "How far it is cannot be told.")];
  return [
    bar(progress),
    legend(progress),
    definitions(
      ["Calls", `${number(progress.calls.made)} made, ${number(progress.calls.open)} open`],
      ["Tries", progress.tries.map((tries, slot) => `${number(tries)} of destination ${slot}`).join(", ")],
      ["First call", time(progress.tm_first_call)],
      ["Last call", time(progress.tm_last_call)],
      ["Counted", time(progress.tm_count)]),
  ];
}

// ---- Where we are: "#/?deleted=true", "#/outdials/<id>?before=…&try_count_0=…", "#/targets/<id>".

function place() {
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  const [, kind, id] = path.split("/");
  return { path: path || "/", kind: kind || "", id: id || "", query: new URLSearchParams(query || "") };
}

function thresholdsOf(query) {
  const thresholds = new URLSearchParams();
  for (const slot of kSlots) {
    const name = `try_count_${slot}`;
    thresholds.set(name, query.get(name) || kDefaultThreshold);
  }
  return thresholds;
}

function pager(rows, size, { path, query }) {
  const links = [];
  if (query.get("before")) {
    const first = new URLSearchParams(query);
    first.delete("before");
    links.push(link("First page", `${path}?${first}`), " ");
  }
  // A row that has no time is the last that a token can stand for.
  if (rows.length >= size && rows[rows.length - 1].tm_create !== null) {
    const next = new URLSearchParams(query);
    next.set("before", rows[rows.length - 1].tm_create);
    links.push(link("Next page", `${path}?${next}`));
  }
  return element("p", {}, ...links);
}

const captionOf = (rows, word, query) =>
  plural(rows.length, word) + (query.get("before") ? " further down" : "") + ", newest first";

// ---- Views: each asks, and shows {title, trail, parts} with `show`, which returns false where
// nobody wants to see it any more.

const knownProgress = new Map();  // by the id of a list: what was counted last; null: nothing

async function showLists(here, show) {
  const { query } = here;
  const deleted = query.get("deleted") === "true";
  const lists = await ask("/v1/outdials", { ...pageQuery(kListsPerPage, query), deleted });
  const cell = (list, of) => {
    const progress = knownProgress.get(list.id);
    return progress ? of(progress) : progress === null ? "–" : "…";
  };
  const view = () => ({
    title: deleted ? "Deleted lists" : "Lists",
    trail: [],
    parts: [
      element("h2", {}, deleted ? "Deleted lists" : "Lists"),
      table(captionOf(lists, "list", query), [
        { name: "Name", cell: (list) => link(titleOf(list), `/outdials/${list.id}`) },
        { name: "Progress", cell: (list) => cell(list, bar) },
        { name: "Targets", number: true, cell: (list) => cell(list, (it) => number(totalOf(it))) },
        { name: "Calls", number: true, cell: (list) => cell(list, (it) => number(it.calls.made)) },
        deleted ? { name: "Deleted", cell: (list) => time(list.tm_delete) }
          : { name: "Created", cell: (list) => time(list.tm_create) },
      ], lists),
      legend(),
      pager(lists, kListsPerPage, here),
      element("p", {}, deleted ? link("Lists that are not deleted", "/")
        : link("Deleted lists", "/?deleted=true")),
    ],
  });
  if (!show(view())) return;
  // One after the other: who looks on may not keep those waiting who dial.
  for (const list of lists) {
    knownProgress.set(list.id, await askProgress(list.id, query));
    if (!show(view())) return;
  }
}

function thresholdForm({ path, query }) {
  const thresholds = thresholdsOf(query);
  const inputs = kSlots.map((slot) => {
    const name = `try_count_${slot}`;
    return element("label", {}, `destination ${slot}`, element("input",
      { type: "number", min: "0", max: "2147483647", required: "", name, value: thresholds.get(name) }));
  });
  const form = element("form", { class: "thresholds" }, element("fieldset", {},
    element("legend", {}, "Tries that are enough"), ...inputs, element("button", {}, "Count")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `${path}?${new URLSearchParams(new FormData(form))}`;
  });
  return form;
}

async function showList(here, show) {
  const { id, query } = here;
  const base = `/v1/outdials/${encodeURIComponent(id)}`;
  const [list, progress, targets] = await Promise.all([
    ask(base), askProgress(id, query), ask(`${base}/targets`, pageQuery(kRowsPerPage, query))]);
  show({
    title: titleOf(list),
    trail: [link("Lists", "/"), " / ", titleOf(list)],
    parts: [
      element("h2", {}, titleOf(list)),
      list.tm_delete === null ? null : element("p", { class: "bad" }, "deleted ", time(list.tm_delete)),
      list.detail ? element("p", { class: "text" }, list.detail) : null,
      ...progressParts(progress),
      thresholdForm(here),
      table(captionOf(targets, "target", query), [
        { name: "Name", cell: (target) => link(titleOf(target), `/targets/${target.id}`) },
        { name: "Status", cell: (target) => target.status },
        { name: "Destinations and tries", cell: destinationsOf },
        { name: "Changed", cell: (target) => time(target.tm_update || target.tm_create) },
      ], targets),
      pager(targets, kRowsPerPage, here),
    ],
  });
}

const addressOf = (address) =>
  address === null ? "–" : address.target || address.target_name || address.name || address.type || "–";

function destinationsOf(target) {
  const set = kSlots.filter((slot) => target[`destination_${slot}`] !== null);
  if (set.length === 0) return "–";
  return set.map((slot) =>
    `${addressOf(target[`destination_${slot}`])} (${target[`try_count_${slot}`]})`).join(", ");
}

async function showTarget(here, show) {
  const { id, query } = here;
  const base = `/v1/outdialtargets/${encodeURIComponent(id)}`;
  const [target, calls] = await Promise.all([
    ask(base), ask(`${base}/calls`, pageQuery(kRowsPerPage, query))]);
  const list = await ask(`/v1/outdials/${target.outdial_id}`);
  show({
    title: titleOf(target),
    trail: [link("Lists", "/"), " / ", link(titleOf(list), `/outdials/${list.id}`), " / ", titleOf(target)],
    parts: [
      element("h2", {}, titleOf(target)),
      target.tm_delete === null ? null : element("p", { class: "bad" }, "deleted ", time(target.tm_delete)),
      definitions(
        ["Status", target.status],
        ["Destinations and tries", destinationsOf(target)],
        target.detail ? ["Detail", target.detail] : null,
        target.data ? ["Data", target.data] : null),
      table(captionOf(calls, "call", query), [
        { name: "Begun", cell: (call) => time(call.tm_create) },
        { name: "Status", cell: (call) => call.status },
        { name: "Destination", cell: (call) => addressOf(call.destination) },
        { name: "Try", number: true, cell: (call) => number(call.try_count) },
        { name: "Changed", cell: (call) => time(call.tm_update || call.tm_create) },
      ], calls),
      pager(calls, kRowsPerPage, here),
    ],
  });
}

const kViews = { "": showLists, outdials: showList, targets: showTarget };

// ---- Health.

// The values of a metric, by its labels as they are written: {'{adapter="redis"}': 1}.
function metricValues(text, name) {
  const values = {};
  for (const line of text.split("\n")) {
    if (!line.startsWith(name)) continue;
    const end = line.lastIndexOf(" ");
    values[line.slice(name.length, end)] = Number(line.slice(end + 1));
  }
  return values;
}

const sum = (values) => Object.values(values).reduce((total, value) => total + value, 0);

function healthOf(ready, metrics) {
  const valuesOf = (name) => metricValues(metrics, `outdial_manager_${name}`);
  const up = valuesOf("server_up");
  const inHand = valuesOf("requests_in_hand");
  const events = sum(valuesOf("outbox_events"));
  const age = sum(valuesOf("outbox_oldest_event_age_seconds"));
  const hits = sum(valuesOf("cache_hits_total"));
  const reads = hits + sum(valuesOf("cache_misses_total"));
  const queue = up['{adapter="rabbitmq"}'];
  const cache = up['{adapter="redis"}'];
  const bad = ready.status !== "ready";
  return [
    { name: "Service", bad, text: bad ? `not ready: ${(ready.not_ready || []).join(", ")}` : "ready" },
    { name: "Queue", bad: queue === 0, text: queue === undefined ? "none"
      : queue === 0 ? "away" : `${plural(inHand['{transport="rabbitmq"}'] || 0, "request")} in hand` },
    { name: "Outbox", bad: age > kMaxEventAgeSeconds,
      text: plural(events, "event") + (events > 0 ? `, for ${number(Math.round(age))} s` : "") },
    { name: "Cache", bad: cache === 0, text: cache === undefined ? "none"
      : cache === 0 ? "away" : reads === 0 ? "not used yet" : `${Math.floor(100 * hits / reads)}% hits` },
  ];
}

async function showHealth() {
  let items;
  try {
    const [ready, metrics] = await Promise.all([request("/readyz"), request("/metrics")]);
    items = healthOf(await ready.json(), await metrics.text());
  } catch {
    items = [{ name: "Service", bad: true, text: "does not answer" }];
  }
  patchChildren(document.getElementById("health"), items.map(({ name, bad, text }) =>
    element("li", { class: bad ? "bad" : null }, `${name}: ${text}`)));
}

// ---- Drawing.

let drawing = 0;           // the last drawing that was begun; earlier ones are dropped
let drawnPage = null;      // which page is shown, and with which hash
let drawnHash = null;
let needsToken = false;
let wasDismissed = false;  // the dialog, by somebody who has no token at hand

async function draw() {
  const mine = ++drawing;
  const here = place();
  const hash = location.hash;
  const show = (view) => {
    if (mine !== drawing) return false;
    needsToken = false;
    put(here, hash, view);
    return true;
  };
  try {
    await (kViews[here.kind] || showLists)(here, show);
    if (mine !== drawing) return;
    tell("");
    document.getElementById("refreshed").textContent =
      `Refreshed at ${new Date().toLocaleTimeString("en-GB")}`;
  } catch (error) {
    if (mine !== drawing) return;
    if (!(error instanceof ApiError)) console.error(error);
    if (error.status === 401) {
      askForToken(here, hash, error);
      return;
    }
    // What is shown stays as it was, where it is of this page.
    if (drawnHash !== hash) put(here, hash, { title: "Nothing to show", trail: [link("Lists", "/")], parts: [] });
    tell(error.message);
  }
}

function put(here, hash, { title, trail, parts }) {
  document.title = `${title} – outdial`;
  const page = `${here.path} ${here.query.get("before")} ${needsToken}`;
  const made = parts.filter((part) => part !== null);
  patchChildren(document.getElementById("trail"), trail.map((part) =>
    typeof part === "string" ? document.createTextNode(part) : part));
  if (page === drawnPage) {
    patchChildren(content, made);
    // What was typed belongs to what was shown before.
    if (hash !== drawnHash) content.querySelectorAll("form").forEach((form) => form.reset());
  } else {
    content.replaceChildren(...made);
    if (drawnPage !== null) {
      content.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }
  drawnPage = page;
  drawnHash = hash;
}

function tell(text) {
  const trouble = document.getElementById("trouble");
  if (trouble.textContent !== text) trouble.textContent = text;
}

// ---- The token.

function askForToken(here, hash, error) {
  needsToken = true;
  const button = element("button", {}, "Enter the token");
  button.addEventListener("click", openDialog);
  put(here, hash, { title: "Token", trail: [], parts: [
    element("h2", {}, "This service asks for a token"), element("p", {}, button)] });
  document.getElementById("login-error").textContent = token ? error.message : "";
  if (!wasDismissed) openDialog();
}

function openDialog() {
  wasDismissed = false;
  if (!dialog.open) dialog.showModal();
}

dialog.addEventListener("cancel", () => { wasDismissed = true; });
dialog.querySelector("form").addEventListener("submit", () => {
  token = tokenInput.value;
  sessionStorage.setItem("outdial-token", token);
  tokenInput.value = "";
});
dialog.addEventListener("close", () => { if (!wasDismissed) draw(); });

// ---- Beginning.

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const nextVisibility = () =>
  new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));

// One refresh at a time, and none of a page that nobody sees.
async function refreshForever() {
  while (true) {
    while (document.hidden) await nextVisibility();
    const begin = performance.now();
    await Promise.all([needsToken ? null : draw(), showHealth()]);
    await sleep(Math.max(kRefreshMilliseconds, kRest * (performance.now() - begin)));
  }
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();  // the hash says which page it is
  content.focus();
});
window.addEventListener("hashchange", draw);
refreshForever();
