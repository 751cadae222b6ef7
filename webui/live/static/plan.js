// The plan, drawn: by mouse, finger or keyboard. What is drawn stands in the form's lines, which are
// saved as the draft after each change; everything is in steps of 10 cm.
"use strict";

const $ = (id) => document.getElementById(id);
const KINDS = ["walls", "doors", "rooms", "machines"];
const TURNS = [[1, 0], [0, 1], [-1, 0], [0, -1]];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const UNIT = 5; // of the picture, for a step
const OPENING = 9;
const NEAR = 4; // so close, a point goes to a wall
const plan = $("draw");
const things = JSON.parse(plan.dataset.things);
const past = [];
const future = [];
let drawing = read();
let tool = "choose";
let chosen = null; // [kind, number]
let start = null; // of the wall that is being drawn
let cursor = [20, 20]; // where Enter sets a point
let pending = null; // the room or machine that is put down next
let drag = null;
let timer = 0;
let saving = Promise.resolve(true); // whether the last save was done
let publishing = false;

function read() {
  return Object.fromEntries(KINDS.map((kind) => [kind, $(kind).value.split("\n").filter((line) => line.trim())
    .map((line) => line.trim().split(/\s+/).map((word, at) => (isName(kind, at) ? word : Number(word))))]));
}
function isName(kind, at) { return kind === "doors" ? at === 3 : at === 0 && kind !== "walls"; }
function text(kind) { return drawing[kind].map((line) => line.join(" ")).join("\n"); }
function copy() { return structuredClone(drawing); }
function bound(value) { return Math.min(1000, Math.max(0, Math.round(value))); }

// Changes: each is kept for undoing, shown, and saved.
function change(edit) {
  stop_drag();
  past.push(copy());
  future.length = 0;
  edit();
  changed();
}
function stop_drag() { // what was dragged is where it was
  if (drag) drawing = drag.before;
  drag = null;
}
function changed() {
  for (const kind of KINDS) $(kind).value = text(kind);
  draw();
  clearTimeout(timer);
  timer = setTimeout(save, 400);
}
function save() {
  clearTimeout(timer);
  timer = 0;
  const form = $("lines");
  saving = saving.then(() => send(form)).catch(() => {
    $("saved").textContent = $("saved").dataset.failed;
    timer ||= setTimeout(save, 3000);
    return false;
  });
  return saving;
}
async function send(form) { // whether the draft was saved; throws where another try may help
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" }, keepalive: true });
  if (answer.status === 401) { location.reload(); return false; }
  if (answer.status >= 500) throw new Error(answer.statusText);
  $("saved").textContent = [200, 409, 422].includes(answer.status) ? await answer.text() : $("saved").dataset.failed;
  if (!answer.ok) return false;
  for (const one of [form, $("publish")]) one.elements.draft_at.value = answer.headers.get("Draft-At");
  $("publish").querySelector("button").removeAttribute("aria-disabled");
  return true;
}
function travel(from, to) {
  if (!from.length) return;
  stop_drag();
  to.push(copy());
  drawing = from.pop();
  chosen = null;
  changed();
}

// Drawing the picture anew.
function node(name, attributes = {}, ...inside) {
  const one = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.append(...inside);
  return one;
}
function lines(text, letters = 12) { // two at most, as on the plan
  const [first, ...rest] = text.split(" ").reduce((all, word) => {
    const last = all.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= letters) all[all.length - 1] = `${last} ${word}`; else all.push(word);
    return all;
  }, []);
  return rest.length > 1 ? [first, `${rest[0]}…`] : [first, ...rest];
}
function name(id) { return things[id]?.[1] ?? id; }
const shapes = { // places in units of the picture
  walls: ([x1, y1, x2, y2]) => [node("line", { class: "hit", x1, y1, x2, y2 }), node("line", { class: "wall", x1, y1, x2, y2 })],
  doors: ([x, y, turn]) => {
    const [ax, ay] = TURNS[turn];
    const [bx, by] = TURNS[(turn + 3) % 4];
    const wide = OPENING * UNIT;
    const [ex, ey, lx, ly] = [x + wide * ax, y + wide * ay, x + wide * bx, y + wide * by];
    return [node("rect", { class: "hit", x: Math.min(x, ex, lx) - 5, y: Math.min(y, ey, ly) - 5, width: wide + 10, height: wide + 10 }),
      node("path", { class: "gap", d: `M${x} ${y}L${ex} ${ey}` }), node("path", { class: "leaf", d: `M${x} ${y}L${lx} ${ly}` }),
      node("path", { class: "arc", d: `M${lx} ${ly}A${wide} ${wide} 0 0 1 ${ex} ${ey}` })];
  },
  rooms: ([id, x, y]) => {
    const [letters, high] = matchMedia("(max-width: 40rem)").matches ? [9, 44] : [16, 25];
    const rows = lines(name(id), letters);
    const wide = 13 * Math.max(...rows.map((row) => row.length)) + 10;
    return [node("rect", { class: "hit", x: x - 5, y: y - 25, width: wide, height: 10 + high * rows.length }), node("text", { class: "room" }, ...rows.map((row, at) => node("tspan", { x, y: y + high * at }, row)))];
  },
  machines: ([id, x, y]) => {
    const shape = things[id]?.[2];
    return [node("rect", { class: "hit", x: x - 45, y: y - 32, width: 90, height: 100 }),
      node("g", { class: "m", transform: `translate(${x} ${y})` }, node("use", { href: `#shape-${shape}` }), node("text", { class: "l" }, ...lines(name(id)).map((line, at) => node("tspan", at ? { x: 0, dy: "1em" } : { x: 0, y: 50 }, line))))];
  },
};
function label(kind, line) {
  if (kind === "walls") return `${words("walls")} ${metres(line)}`;
  if (kind === "doors") return line[3] ? name(line[3]) : words("doors");
  return name(line[0]);
}
function words(which) { return document.querySelector(`[data-tool=${which}] span`).textContent; }
function metres([x1, y1, x2, y2]) {
  return (Math.hypot(x2 - x1, y2 - y1) / 10).toLocaleString(document.documentElement.lang, { style: "unit", unit: "meter", minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
function places(kind, line, edit) { // the line, with its places changed
  const from = kind === "rooms" || kind === "machines" ? 1 : 0;
  const until = kind === "walls" ? 4 : from + 2;
  return line.map((value, at) => (at < from || at >= until ? value : edit(value, (at - from) % 2)));
}
function draw() {
  const focused = document.activeElement?.dataset?.at;
  const all = KINDS.flatMap((kind) => drawing[kind].map((line, number) => {
    const at = `${kind} ${number}`;
    const isChosen = chosen?.join(" ") === at;
    return node("g", { class: `thing${isChosen ? " is-chosen" : ""}`, "data-at": at, tabindex: 0, role: "button", "aria-label": label(kind, line), "aria-pressed": isChosen }, ...shapes[kind](places(kind, line, (value) => value * UNIT)));
  }));
  $("layer").replaceChildren(...all);
  if (focused) $("layer").querySelector(`[data-at="${focused}"]`)?.focus({ preventScroll: true });
  if (!drag) fit();
  const placed = new Set([...[...drawing.rooms, ...drawing.machines].map(([id]) => id), ...drawing.doors.map((line) => line[3])]);
  let left = 0;
  for (const item of document.querySelectorAll("#to-place li")) {
    item.hidden = placed.has(item.dataset.id);
    left += !item.hidden;
  }
  $("left").textContent = left || "";
  $("all-placed").hidden = left;
  $("back").setAttribute("aria-disabled", !past.length);
  $("forth").setAttribute("aria-disabled", !future.length);
  show_chosen();
  tip();
}
function fit() {
  const points = [...drawing.walls.flatMap(([x1, y1, x2, y2]) => [[x1, y1], [x2, y2]]), ...drawing.doors, ...[...drawing.rooms, ...drawing.machines].map(([, x, y]) => [x, y])];
  const [wide, high] = [0, 1].map((axis) => Math.max(axis ? 120 : 200, ...points.map((point) => point[axis])) + 8);
  const box = [-8, -8, wide + 8, high + 8].map((value) => value * UNIT);
  plan.setAttribute("viewBox", box.join(" "));
  plan.style.setProperty("--wide", box[2] / (216 * UNIT)); // the letters are as large on a large plan
  const squares = plan.querySelector(".squares");
  ["x", "y", "width", "height"].forEach((key, at) => squares.setAttribute(key, box[at]));
}
function show_chosen() {
  const line = chosen && drawing[chosen[0]][chosen[1]];
  $("chosen").hidden = !line;
  if (!line) return;
  const [kind] = chosen;
  $("chosen-name").textContent = label(kind, line);
  $("length-field").hidden = kind !== "walls";
  $("point-field").hidden = $("turn").hidden = kind !== "doors";
  if (kind === "walls") $("length").value = (Math.hypot(line[2] - line[0], line[3] - line[1]) / 10).toFixed(1);
  if (kind === "doors") $("point").value = line[3] ?? "";
}

// Where a point goes: to squares, to walls, at a right angle to the start.
function snap([x, y]) {
  if ($("snap-walls").checked) {
    const ends = drawing.walls.flatMap(([x1, y1, x2, y2]) => [[x1, y1], [x2, y2]]);
    const end = ends.find(([ex, ey]) => Math.hypot(ex - x, ey - y) < NEAR);
    if (end) return end;
    if (start) { if (Math.abs(x - start[0]) < Math.abs(y - start[1])) x = start[0]; else y = start[1]; }
  }
  if ($("snap-squares").checked) return [bound(x / 5) * 5, bound(y / 5) * 5];
  return [bound(x), bound(y)];
}
function on_wall([x, y]) { // the nearest place on a wall, and which way it goes
  let best = null;
  for (const [x1, y1, x2, y2] of drawing.walls) {
    const long = (x2 - x1) ** 2 + (y2 - y1) ** 2 || 1;
    const share = Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / long));
    const [px, py] = [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
    const far = Math.hypot(px - x, py - y);
    if (far < (best?.far ?? 3 * NEAR)) best = { far, x: bound(px), y: bound(py), turn: Math.abs(x2 - x1) >= Math.abs(y2 - y1) ? 0 : 1 };
  }
  return best ?? { x: bound(x), y: bound(y), turn: 0 };
}
function tip() {
  const inside = [];
  const [x, y] = cursor.map((value) => value * UNIT);
  if (tool !== "choose" && (document.activeElement === plan || start)) {
    if (start) {
      const [sx, sy] = start.map((value) => value * UNIT);
      inside.push(node("line", { x1: sx, y1: sy, x2: x, y2: y }), node("circle", { cx: sx, cy: sy, r: 8 }),
        node("text", { x: (sx + x) / 2, y: (sy + y) / 2 - 15 }, metres([...start, ...cursor])));
    }
    inside.push(node("line", { class: "guide", x1: -50, y1: y, x2: 5050, y2: y }), node("line", { class: "guide", x1: x, y1: -50, x2: x, y2: 5050 }), node("circle", { cx: x, cy: y, r: 8 }));
  }
  $("tip").replaceChildren(...inside);
}

// What a click or Enter does with each tool.
function put([x, y]) {
  if (tool === "walls") {
    if (!start) { start = [x, y]; tip(); return; }
    const line = [...start, x, y];
    if (x === start[0] && y === start[1]) { start = null; tip(); return; }
    change(() => { drawing.walls.push(line); });
    say(`${words("walls")} ${metres(line)}`);
    start = [x, y];
    tip();
  } else if (tool === "doors") {
    const at = on_wall([x, y]);
    const door = pending ? [pending] : [];
    pending = null;
    change(() => { drawing.doors.push([at.x, at.y, at.turn, ...door]); chosen = ["doors", drawing.doors.length - 1]; });
    say(words("doors"));
  } else if (tool === "rooms" || tool === "machines") {
    const item = pending ?? document.querySelector(`#to-place li:not([hidden])[data-kind=${tool}]`)?.dataset.id;
    pending = null;
    if (!item) return;
    change(() => { drawing[tool].push([item, x, y]); chosen = [tool, drawing[tool].length - 1]; });
    say(name(item));
  }
}
function use(which) {
  tool = which;
  start = pending = null;
  plan.classList.toggle("is-choosing", tool === "choose");
  for (const button of document.querySelectorAll(".tool")) button.setAttribute("aria-pressed", button.dataset.tool === tool);
  say(words(tool));
  tip();
}
function say(what) { $("doing").textContent = what; }
function choose(at) {
  chosen = at ? [at.split(" ")[0], Number(at.split(" ")[1])] : null;
  draw();
}
function move(line, kind, dx, dy) {
  return places(kind, line, (value, axis) => bound(value + (axis ? dy : dx)));
}
function remove() {
  if (!chosen) return;
  const [kind, number] = chosen;
  change(() => { drawing[kind].splice(number, 1); chosen = null; });
  plan.focus({ preventScroll: true });
}
function turn() {
  if (chosen?.[0] === "doors") change(() => { const line = drawing.doors[chosen[1]]; line[2] = (line[2] + 1) % 4; });
}

function place_of(event) {
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
  return [x / UNIT, y / UNIT];
}
plan.addEventListener("pointerdown", (event) => {
  const thing = event.target.closest(".thing");
  const at = place_of(event);
  if (tool !== "choose") { event.preventDefault(); plan.focus({ preventScroll: true }); cursor = snap(at); put(cursor); return; }
  choose(thing?.dataset.at ?? null);
  if (!thing) return;
  event.preventDefault();
  $("layer").querySelector(".is-chosen")?.focus({ preventScroll: true });
  plan.setPointerCapture(event.pointerId);
  drag = { at, line: drawing[chosen[0]][chosen[1]], before: copy() };
});
plan.addEventListener("pointermove", (event) => {
  const at = place_of(event);
  if (drag) {
    const step = $("snap-squares").checked && chosen[0] !== "doors" ? 5 : 1;
    const [dx, dy] = [0, 1].map((axis) => Math.round((at[axis] - drag.at[axis]) / step) * step);
    drawing[chosen[0]][chosen[1]] = move(drag.line, chosen[0], dx, dy);
    draw();
  } else if (tool !== "choose") {
    cursor = snap(at);
    tip();
  }
});
for (const end of ["pointerup", "pointercancel"]) {
  plan.addEventListener(end, () => {
    if (!drag) return;
    const { before, line } = drag;
    drag = null;
    if (String(line) === String(drawing[chosen[0]][chosen[1]])) return;
    past.push(before);
    future.length = 0;
    changed();
  });
}

$("draw").addEventListener("keydown", (event) => {
  const thing = event.target.closest(".thing");
  const step = ARROWS[event.key];
  if (step && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    const [dx, dy] = step.map((one) => one * (event.shiftKey ? 10 : 1));
    if (thing) {
      choose(thing.dataset.at);
      const [kind, number] = chosen;
      change(() => { drawing[kind][number] = move(drawing[kind][number], kind, dx, dy); });
      say(label(kind, drawing[kind][number]));
    } else {
      cursor = [bound(cursor[0] + dx), bound(cursor[1] + dy)];
      tip();
      say(start ? metres([...start, ...cursor]) : cursor.map((one) => one / 10).join(", "));
    }
  } else if (event.key === "Enter" || (event.key === " " && thing)) {
    event.preventDefault();
    if (thing) choose(thing.dataset.at);
    else put(cursor);
  } else if (thing && (event.key === "Delete" || event.key === "Backspace")) {
    event.preventDefault();
    choose(thing.dataset.at);
    remove();
  }
});
document.querySelector(".studio").addEventListener("keydown", (event) => {
  if (event.key === "Escape") { start = null; pending = null; stop_drag(); if (tool !== "choose") use("choose"); choose(null); return; }
  if (event.ctrlKey && event.key.toLowerCase() === "z") { event.preventDefault(); if (event.shiftKey) travel(future, past); else travel(past, future); return; }
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select")) return;
  const button = document.querySelector(`.tool[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (!button) return;
  event.preventDefault();
  use(button.dataset.tool);
  if (tool !== "choose") plan.focus({ preventScroll: true });
});
plan.addEventListener("focusin", tip);
plan.addEventListener("focusout", () => setTimeout(tip, 0));
for (const button of document.querySelectorAll(".tool")) button.addEventListener("click", () => use(button.dataset.tool));
$("to-place").addEventListener("click", ({ target }) => {
  const item = target.closest("button")?.closest("li");
  if (!item) return;
  use(item.dataset.kind);
  pending = item.dataset.id;
  say(name(pending));
  plan.focus({ preventScroll: true });
});
$("length").addEventListener("change", ({ target }) => {
  const line = chosen && drawing.walls[chosen[1]];
  const long = Number(target.value) * 10;
  if (!line || !(long > 0)) return;
  const [x1, y1, x2, y2] = line;
  const now = Math.hypot(x2 - x1, y2 - y1) || 1;
  change(() => { drawing.walls[chosen[1]] = [x1, y1, bound(x1 + ((x2 - x1) * long) / now), bound(y1 + ((y2 - y1) * long) / now)]; });
});
$("point").addEventListener("change", ({ target }) => {
  change(() => { const line = drawing.doors[chosen[1]]; line.length = 3; if (target.value) line.push(target.value); });
});
$("turn").addEventListener("click", turn);
$("remove").addEventListener("click", remove);
$("back").addEventListener("click", () => travel(past, future));
$("forth").addEventListener("click", () => travel(future, past));
$("lines").addEventListener("change", () => { past.push(copy()); drawing = read(); changed(); });
$("publish").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (publishing || event.submitter?.hasAttribute("aria-disabled")) return;
  publishing = true;
  if (await (timer ? save() : saving)) event.target.submit();
  publishing = false;
});
addEventListener("pagehide", () => { if (timer) save(); });

for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;
use("choose");
draw();
