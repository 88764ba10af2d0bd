// The page of one node: draws the ring as it is, follows lookups, lists and stores files.

const SVG = "http://www.w3.org/2000/svg";
const CENTRE = 320, RADIUS = 215;
const byId = id => document.getElementById(id);

let members = [];
let names = new Map(); // how many each member answers for
let chosen = null;
let fingers = [];
let lit = new Set();
let walk = null;

// ---- asking the node

async function ask(path, options) {
  const answer = await fetch(path, options);
  if (answer.ok || answer.status === 503 && path.endsWith("/health")) {
    return answer.status === 204 ? null : answer.json();
  }
  let problem = {detail: answer.statusText, hint: ""};
  try { problem = await answer.json(); } catch { /* not ours */ }
  throw new Error(problem.detail + (problem.hint ? " (" + problem.hint + ")" : ""));
}

const pathOf = name => name.split("/").map(encodeURIComponent).join("/");

// ---- small helpers

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit++; }
  return (unit === 0 ? bytes : bytes.toFixed(1)) + " " + units[unit];
}

const percent = share => (100 * share).toFixed(1) + " %";
const short = id => id.slice(0, 10);
const count = (n, what) => n + " " + what + (n === 1 ? "" : "s");

// ---- the ring

const x = (at, radius) => CENTRE + radius * Math.sin(2 * Math.PI * at);
const y = (at, radius) => CENTRE - radius * Math.cos(2 * Math.PI * at);
const colour = index => `hsl(${Math.round(360 * index / Math.max(1, members.length))} 58% 48%)`;
const position = hex => parseInt(hex.slice(0, 12), 16) / 2 ** 48;

function drawArc(arc, index) {
  const from = position(arc.from), to = position(arc.to);
  const whole = arc.from === arc.to;
  const path = whole
      ? `M ${x(0, RADIUS)} ${y(0, RADIUS)} A ${RADIUS} ${RADIUS} 0 1 1 ${x(.5, RADIUS)} ${y(.5, RADIUS)} A ${RADIUS} ${RADIUS} 0 1 1 ${x(0, RADIUS)} ${y(0, RADIUS)}`
      : `M ${x(from, RADIUS)} ${y(from, RADIUS)} A ${RADIUS} ${RADIUS} 0 ${arc.share > .5 ? 1 : 0} 1 ${x(to, RADIUS)} ${y(to, RADIUS)}`;
  // as thick as there are names in it
  const most = Math.max(1, ...names.values());
  const width = 8 + 14 * (names.get(members[index].id) ?? 0) / most;
  return draw("path", {d: path, class: "arc", stroke: colour(index), "stroke-width": width.toFixed(1)});
}

// How many stand close before this one, in a row.
function crowd(index) {
  let before = 0;
  while (before < Math.min(4, members.length - 1)) {
    const here = members[(index + members.length - before) % members.length];
    const last = members[(index + members.length - before - 1) % members.length];
    if ((here.position - last.position + 1) % 1 > .03) break;
    before++;
  }
  return before;
}

function drawMember(member, index) {
  const at = member.position;
  const classes = ["member"];
  if (member.state === "DN") classes.push("down");
  if (lit.has(member.id)) classes.push("lit");
  if (member.id === chosen) classes.push("chosen");
  const label = member.address + ", " + (member.state === "DN" ? "down" : "owns " + (member.owns ? percent(member.owns.share) : "nothing"));
  const group = draw("g", {class: classes.join(" "), tabindex: 0, role: "button", "aria-label": label, "data-id": member.id});
  group.append(draw("title", {}, label));
  group.append(draw("circle", {cx: x(at, RADIUS), cy: y(at, RADIUS), r: 13, fill: colour(index)}));
  const anchor = Math.abs(x(at, 1) - CENTRE) < .2 ? "middle" : x(at, 1) > CENTRE ? "start" : "end";
  if (members.length <= 40) {
    // of those that stand close to each other each has its label a line farther
    const down = (x(at, 1) > CENTRE ? 1 : -1) * 16 * crowd(index);
    const out = RADIUS + 24;
    group.append(draw("text", {x: x(at, out), y: y(at, out) + 5 + down, "text-anchor": anchor}, member.address.split(":").pop() + (member.owns ? " · " + percent(member.owns.share) : "")));
  }
  const choose = () => select(member.id);
  group.addEventListener("click", choose);
  group.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); choose(); } });
  return group;
}

function bow(from, to, kind) {
  return draw("path", {d: `M ${x(from, RADIUS)} ${y(from, RADIUS)} Q ${CENTRE} ${CENTRE} ${x(to, RADIUS)} ${y(to, RADIUS)}`, class: kind});
}

function drawRing() {
  const focused = document.activeElement?.dataset?.id;
  const svg = byId("ring");
  svg.replaceChildren(draw("circle", {cx: CENTRE, cy: CENTRE, r: RADIUS, class: "circle"}));
  members.forEach((m, i) => { if (m.owns) svg.append(drawArc(m.owns, i)); });
  const self = members.find(m => m.id === chosen);
  if (self) fingers.forEach(f => svg.append(bow(self.position, f, "chord")));
  if (walk) {
    for (let i = 1; i < walk.points.length; i++) svg.append(bow(walk.points[i - 1], walk.points[i], "hop"));
    svg.append(draw("circle", {cx: x(walk.key, RADIUS), cy: y(walk.key, RADIUS), r: 7, class: "key"}));
  }
  members.forEach((m, i) => svg.append(drawMember(m, i)));
  svg.append(draw("text", {x: CENTRE, y: CENTRE, class: "centre"}, walk ? walk.text : members.length + " members"));
  if (focused) svg.querySelector(`[data-id="${focused}"]`)?.focus();
}

async function select(id) {
  chosen = chosen === id ? null : id;
  fingers = [];
  const member = members.find(m => m.id === chosen);
  if (!member) { byId("detail").hidden = true; drawRing(); return; }
  lit = new Set(member.successors);
  drawRing();
  const rows = [
    ["identifier", member.id], ["address", member.address], ["zone", member.zone], ["state", member.state],
    ["owns", member.owns ? percent(member.owns.share) + " of the keys, " + count(names.get(member.id) ?? 0, "name") : "nothing"],
    ["predecessor", member.predecessor ? short(member.predecessor) : "unknown"],
    ["successors", member.successors.map(short).join(", ")],
  ];
  const told = await ask("/api/v1/ring/members/" + id + "/fingers").catch(() => ({fingers: []}));
  if (chosen !== id) return; // another one was chosen meanwhile
  fingers = [...new Set(told.fingers.map(f => f.position))];
  if (fingers.length) rows.push(["fingers", count(fingers.length, "member") + ", drawn as chords"]);
  drawRing();
  const content = [table(rows)];
  if (demo) {
    const slow = demo.slow[member.address] > 0;
    content.push(
        make("button", {type: "button", onclick: () => kill(member)}, "Kill this node"), " ",
        make("button", {type: "button", onclick: () => slowDown(member, slow ? 0 : SLOW)}, slow ? "Its links as fast as before" : "Slow its links down"));
  }
  show("Node " + short(member.id), ...content);
}

function table(rows) {
  const body = make("tbody");
  rows.forEach(([name, value]) => body.append(make("tr", {}, make("th", {scope: "row"}, name), make("td", {}, value))));
  return make("table", {}, body);
}

function show(title, ...content) {
  byId("detail").hidden = false;
  byId("detail-title").textContent = title;
  byId("detail-body").replaceChildren(...content);
}

// What was shown of somebody who is no longer there.
function forgetTheGone() {
  const there = new Set(members.map(m => m.id));
  if (chosen && !there.has(chosen)) {
    chosen = null;
    fingers = [];
    byId("detail").hidden = true;
  }
  if (walk && !walk.ids.every(id => there.has(id))) {
    walk = null;
    byId("hops").replaceChildren();
  }
}

async function look() {
  try {
    const answer = await ask("/api/v1/ring/members");
    members = answer.members;
    forgetTheGone();
    const up = members.filter(m => m.state !== "DN").length;
    const processes = new Set(members.map(m => m.process)).size;
    byId("summary").textContent = `${up} of ${members.length} members up, in ${processes} processes`;
    const load = await ask("/api/v1/ring/load");
    names = new Map(load.members.map(m => [m.id, m.names]));
    drawRing();
    const health = await ask("/api/v1/ring/health");
    byId("health").textContent = health.healthy ? "every invariant holds" : health.findings.length + " findings: " + health.findings[0];
    byId("health").className = health.healthy ? "good" : "bad";
  } catch (e) {
    byId("summary").textContent = "the ring cannot be seen: " + e.message;
  }
}

// ---- a lookup, hop by hop

byId("lookup").addEventListener("submit", async event => {
  event.preventDefault();
  const list = byId("hops");
  list.replaceChildren();
  try {
    const route = await ask("/api/v1/keys/" + pathOf(byId("key").value) + "/route");
    const mine = walk = {key: route.position, points: [], text: "", ids: []};
    lit = new Set();
    for (const hop of route.route) {
      const wait = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 450;
      await new Promise(done => setTimeout(done, wait));
      if (walk !== mine) return; // another one has been asked for, or somebody on the way is gone
      lit.add(hop.id);
      if (!hop.trouble) {
        mine.points.push(position(hop.id));
        mine.ids.push(hop.id);
      }
      mine.text = percent(hop.left) + " of the circle left";
      list.append(make("li", hop.trouble ? {class: "bad"} : {}, `${hop.address} · ${percent(hop.left)} left · ${hop.reason}`));
      drawRing();
    }
    const owner = route.chain[0];
    if (owner) {
      mine.points.push(position(owner.id));
      mine.ids.push(owner.id);
      lit = new Set([owner.id]);
      mine.text = "owner " + owner.address;
      list.append(make("li", {class: "good"}, `owner ${owner.address}, ${count(route.hops, "hop")}, ${route.millis.toFixed(1)} ms`));
    } else {
      list.append(make("li", {class: "bad"}, "nobody could tell"));
    }
    drawRing();
  } catch (e) {
    list.append(make("li", {class: "bad"}, e.message));
  }
});

// ---- files

let listed = null;

async function listFiles() {
  const pattern = byId("q").value;
  const rows = byId("files");
  try {
    const answer = await ask(pattern ? "/api/v1/search?limit=500&q=" + encodeURIComponent(pattern) : "/api/v1/files?limit=500");
    const list = JSON.stringify(answer.files);
    if (list !== listed) rows.replaceChildren(...answer.files.map(fileRow)); // nobody's finger is on a row that goes
    listed = list;
    const coverage = answer.coverage;
    byId("coverage").textContent = `${count(answer.total, "name")}; ` + (coverage.complete
        ? "the whole ring answered"
        : `${percent(coverage.fraction)} of the ring answered, ${coverage.missing.length} arcs did not`);
    byId("coverage").className = coverage.complete ? "soft" : "bad";
  } catch (e) {
    byId("coverage").textContent = e.message;
    byId("coverage").className = "bad";
  }
}

function fileRow(file) {
  return make("tr", {},
      make("td", {}, make("a", {href: "/f/" + pathOf(file.name)}, file.name)),
      make("td", {}, size(file.size)),
      make("td", {}, file.shared ? "shared" : "stored"),
      make("td", {}, "v" + file.version),
      make("td", {},
          make("button", {type: "button", onclick: () => explain(file), "aria-label": "explain " + file.name}, "Explain"), " ",
          make("a", {href: "/f/" + pathOf(file.name) + "?download", download: ""}, "Save"), " ",
          make("button", {type: "button", onclick: () => remove(file), "aria-label": "remove " + file.name}, "Remove")));
}

async function explain(file) {
  try {
    const located = await ask("/api/v1/files/" + file.content + "/explain");
    lit = new Set(located.sources.filter(s => s.reachable).map(s => s.id));
    walk = null;
    chosen = null;
    drawRing();
    const sources = make("ol", {}, ...located.sources.map(s =>
        make("li", {class: s.reachable ? "good" : "bad"}, `${s.address} · ${s.kind} · ${s.reason}`)));
    show(file.name, table([["content", located.content], ["size", size(located.size)], ["blocks", "" + located.chunks]]),
        make("p", {class: "soft"}, "Who has it, best source first; lit in the ring:"), sources);
  } catch (e) {
    show(file.name, make("p", {class: "bad"}, e.message));
  }
}

async function remove(file) {
  if (!confirm("Remove the name " + file.name + " from the ring?")) return;
  try {
    await ask("/api/v1/names/" + pathOf(file.name), {method: "DELETE"});
  } catch (e) {
    byId("coverage").textContent = e.message;
  }
  listFiles();
}

byId("search").addEventListener("submit", event => { event.preventDefault(); listFiles(); });

byId("upload").addEventListener("submit", event => {
  event.preventDefault();
  const file = byId("file").files[0];
  const progress = byId("progress");
  const request = new XMLHttpRequest(); // fetch does not tell how far an upload is
  request.upload.onprogress = e => { progress.max = e.total; progress.value = e.loaded; };
  request.onload = () => {
    progress.hidden = true;
    const answer = JSON.parse(request.responseText);
    byId("uploaded").textContent = request.status === 201
        ? `${answer.name} is stored: ${answer.copies} copies of each block, version ${answer.version}`
        : answer.detail;
    byId("uploaded").className = request.status === 201 ? "good" : "bad";
    listFiles();
  };
  request.onerror = () => { progress.hidden = true; byId("uploaded").textContent = "the node does not answer"; };
  progress.hidden = false;
  byId("uploaded").textContent = "";
  request.open("POST", "/api/v1/files?name=" + encodeURIComponent(file.name));
  request.send(file);
});

// ---- what a demo allows

const SLOW = 300; // ms
let demo = null;

async function kill(member) {
  try {
    await ask("/api/v1/demo/nodes/" + member.id, {method: "DELETE"});
    tell("you killed " + member.address, "bad");
  } catch (e) {
    tell(e.message, "bad");
  }
}

async function slowDown(member, millis) {
  try {
    showDemo(await ask("/api/v1/demo/nodes/" + member.id + "/delay", {
      method: "PUT", headers: {"Content-Type": "application/json"}, body: JSON.stringify({millis})}));
    tell(millis ? `you slowed ${member.address} down by ${millis} ms: follow a lookup to see it` : `the links of ${member.address} are as they were`, "soft");
    chosen = null;
    select(member.id);
  } catch (e) {
    tell(e.message, "bad");
  }
}

byId("add").addEventListener("click", async () => {
  byId("add").disabled = true;
  try {
    const node = await ask("/api/v1/demo/nodes", {method: "POST"});
    tell("you started " + node.address, "good");
  } catch (e) {
    tell(e.message, "bad");
  }
  byId("add").disabled = false;
});

byId("cut").addEventListener("click", async () => {
  try {
    const healed = demo.cut;
    showDemo(await ask("/api/v1/demo/cut", {method: healed ? "DELETE" : "PUT"}));
    tell(healed ? "you healed the cut: the two rings find each other" : "you cut the ring: each half becomes a ring of its own; names with most of their holders on the other side are refused", healed ? "good" : "bad");
  } catch (e) {
    tell(e.message, "bad");
  }
});

function showDemo(answer) {
  demo = answer;
  byId("demo").hidden = false;
  byId("cut").textContent = demo.cut ? "Heal the cut" : "Cut the ring in two";
  byId("cut").setAttribute("aria-pressed", demo.cut);
  const slow = Object.entries(demo.slow).map(([address, millis]) => `${address} answers ${millis} ms late`);
  const cut = demo.cut ? [`out of reach: ${demo.cutOff.join(", ")}, a ring of their own`] : [];
  byId("links").textContent = cut.concat(slow).join("; ");
  byId("links").className = demo.cut ? "bad" : "soft";
  const list = byId("tour");
  byId("tour-section").hidden = demo.told.length === 0;
  for (const line of demo.told.slice(list.children.length)) {
    list.append(make("li", line.startsWith(" ") ? {} : {class: "step"}, line.trim()));
    list.scrollTop = list.scrollHeight;
  }
}

const askDemo = () => ask("/api/v1/demo").then(showDemo, () => { /* a real ring */ });
askDemo().then(() => { if (demo) setInterval(askDemo, 1000); });

// ---- events

const said = {
  joined: m => `${m.address} joined`,
  down: m => `${m.address} does not answer`,
  gone: m => `${m.address} is gone`,
  changed: m => `${m.address} changed: owns ${m.owns ? percent(m.owns.share) : "nothing"}`,
};

function tell(text, kind) {
  const time = new Date().toLocaleTimeString();
  byId("events").prepend(make("li", {class: kind}, time + " " + text));
  while (byId("events").children.length > 50) byId("events").lastChild.remove();
}

const events = new EventSource("/api/v1/events");
let pending = null;
for (const type of Object.keys(said)) {
  events.addEventListener(type, event => {
    tell(said[type](JSON.parse(event.data)), type === "down" || type === "gone" ? "bad" : "soft");
    pending ??= setTimeout(() => { pending = null; look(); }, 150);
  });
}
const nameEvents = new EventSource("/api/v1/events?names=");
let listing = null;
for (const type of ["added", "changed", "removed", "whole", "partial", "gap"]) {
  nameEvents.addEventListener(type, () => { listing ??= setTimeout(() => { listing = null; listFiles(); look(); }, 300); });
}
events.addEventListener("gap", () => tell("some events were missed", "bad"));
events.addEventListener("hello", look);
events.onerror = () => { byId("summary").textContent = "this node does not answer; trying again"; };

look();
listFiles();
setInterval(look, 10000);
