// What a page is asked once it stands there. Put into each page by crawl.py, together with axe.
"use strict";

window.looks = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const tell = (one) => one.outerHTML.slice(0, 110);
  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

  const style = (one) => {
    const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(one);
    return [outlineStyle !== "none" && outlineWidth, boxShadow, borderColor, backgroundColor].join();
  };
  const around = (one) => [one, one.closest("label"), one.parentElement].filter(Boolean).map(style).join("|");

  /** What colours its words: everything that it and what it stands in say of themselves. */
  const STATES = /^(class|type|open|disabled|aria-(current|pressed|expanded|invalid|disabled|selected|checked))$/;
  const said = (one) => one.tagName + [...one.attributes].filter(({ name }) => STATES.test(name) || name.startsWith("data-"))
    .map(({ name, value }) => name + (name.startsWith("data-") ? "" : value)).join();
  const path = (one) => (one && one !== document.body ? said(one) + " " + path(one.parentElement) : "");
  const speaks = (one) => one.matches("input, select, textarea") || [...one.childNodes].some((each) => each.nodeType === 3 && each.data.trim());

  /** What lies behind words, by what they stand in; and whether anything there may lie over something else. */
  const drawn = (one, which) => {
    const { content, backgroundColor, backgroundImage, position } = getComputedStyle(one, which);
    return content === "none" || content === "normal" ? "" : [which, backgroundColor, backgroundImage, position].join();
  };
  const NOTHING = "rgba(0, 0, 0, 0),none,1,none,normal,none,,";
  const behind = (one, known) => {
    if (!one) return { look: "", floats: false };
    if (!known.has(one)) {
      const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode, clipPath, position } = getComputedStyle(one);
      const all = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode, clipPath, drawn(one, "::before"), drawn(one, "::after")].join();
      const own = all === NOTHING ? "" : all;
      const under = behind(one.parentElement, known);
      const floats = under.floats || !["static", "relative"].includes(position);
      known.set(one, { own, look: own ? `${own}|${under.look}` : under.look, floats });
    }
    return known.get(one);
  };
  /** What may lie over or under words that float: all that is drawn where they are, but what they stand in. */
  const beside = (one, painted) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return painted.filter(({ other, box }) => box.left < right && box.right > left && box.top < bottom && box.bottom > top && !other.contains(one))
      .map(({ other, own }) => path(other) + own).join("|");
  };
  /** All that the contrast of words comes of, as it is drawn now. */
  const letters = (one) => {
    const { color, fontSize, fontWeight, textShadow, textDecorationLine, webkitTextFillColor } = getComputedStyle(one);
    const around = one.matches("a") && getComputedStyle(one.parentElement).color;
    const rests = one.closest(":disabled, [aria-disabled=true]") || one.closest("label")?.control?.disabled;
    const kind = one.matches("input, select, textarea") && one.tagName + one.type;
    const text = one.textContent.trim();
    return [color, fontSize, fontWeight, textShadow, textDecorationLine, webkitTextFillColor, around, Boolean(rests), kind, text.length > 1, /\p{L}|\d/u.test(text)].join();
  };

  /** Fifty-three bits that stand for a long text: cyrb53. */
  const short = (text) => {
    let one = 0xdeadbeef, two = 0x41c6ce57;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      one = Math.imul(one ^ code, 2654435761);
      two = Math.imul(two ^ code, 1597334677);
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
    two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
    return (4294967296 * (2097151 & two) + (one >>> 0)).toString(36);
  };

  const MAY_BREAK = "code, kbd, samp, pre, textarea, script, style, svg, .unseen, [aria-hidden=true]";
  const HEADING = "h1, h2, h3, h4, h5, h6, th, dt, legend, caption";
  /** What `broken` looks into; found once, as it is asked at several widths. */
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const one = text.parentElement;
      if (/\p{L}{3}/u.test(text.data) && !one.closest(MAY_BREAK)) found.push({ text, one, heading: one.closest(HEADING) });
    }
    return found;
  };
  /** How wide the words of a block may be. */
  const within = (one) => {
    const { paddingLeft, paddingRight } = getComputedStyle(one);
    return one.getBoundingClientRect().width - parseFloat(paddingLeft) - parseFloat(paddingRight);
  };

  return {
    /** Two of each kind of words: of a hundred rows that are alike, all have the colours of one. Of kinds that are
     * drawn alike, to the last colour behind them, one; two where something may lie over or under them. They are kept
     * for `those`; of each, by what it is known on the next page: the frame's words by what they stand in, and by how
     * they are drawn; the page's own by the latter, where something may lie there by both and by what does. */
    words: (within) => {
      const count = {}, known = new Map();
      let painted;
      looks.kept = [];
      const more = (kind) => (count[kind] = (count[kind] ?? 0) + 1);
      return all("*", within ? document.getElementById(within) : document.body)
        .filter((one) => speaks(one) && seen(one) && !one.closest(".unseen"))
        .map((one) => ({ one, stands: path(one) }))
        .filter(({ stands }) => more(stands) <= 2)
        .flatMap(({ one, stands }) => {
          const { look, floats } = behind(one, known);
          const drawnAlike = `${letters(one)}/${look}`;
          if (more(drawnAlike) > (floats ? 2 : 1)) return [];
          looks.kept.push(one);
          if (!floats) return [short(drawnAlike)];
          if (!one.closest("main")) return [short(`${stands}/${drawnAlike}`)];
          painted ??= all("*", document.body).map((other) => ({ other, own: behind(other, known).own, box: other.getBoundingClientRect() }))
            .filter(({ other, own }) => own && seen(other));
          return [short(`${stands}/${drawnAlike}/${beside(one, painted)}`)];
        });
    },
    those: (which) => which.map((each) => looks.kept[each]),

    /** Everything that stands there, by what it says of itself and what it stands in. */
    shapes: () => [...new Set(all("*", document.body).map(path).map(short))],

    unfold: () => { for (const one of all("details")) one.open = true; },

    /** Popovers and dialogs, one of each kind, and whether it is the page's own. */
    opening: () => {
      const kinds = new Set();
      const found = [];
      for (const one of all("[popover], dialog")) {
        const kind = one.className + all("button, a, input, select", one).length;
        if (!kinds.has(kind)) { kinds.add(kind); one.id ||= `opening-${found.length}`; found.push([one.id, kind, Boolean(one.closest("main"))]); }
      }
      return found;
    },
    show: (id) => {
      const one = document.getElementById(id);
      if (one.matches("dialog")) one.showModal(); else one.showPopover();
    },
    hide: (id) => {
      const one = document.getElementById(id);
      if (one.matches("dialog")) one.close(); else one.hidePopover();
    },

    /** Words that a line breaks inside, where no hyphen or dot lets it; and headings narrower than one of their words.
     * What is written as code (a key, an address to copy) may break anywhere. Outside headings, a text of one line
     * is not looked into. */
    broken: () => {
      const found = new Map(), range = document.createRange();
      const note = (one, what) => found.has(one) || found.set(one, `${what} in ${tell(one)}`);
      looks.texts ??= texts();
      for (const { text, one, heading } of looks.texts) {
        range.selectNodeContents(text);
        const lines = range.getClientRects().length;
        if (!lines || (lines < 2 && !heading) || one.offsetWidth === 1 || !seen(one)) continue;
        const room = heading && within(heading);
        for (const { 0: word, index } of text.data.matchAll(/[\p{L}\p{N}’']{2,}/gu)) {
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          const [first, ...others] = [...range.getClientRects()].filter((each) => each.width > 0.5);
          if (others.some((each) => each.top > first.top + 2)) note(one, `broken: ${word}`);
          else if (heading && first && first.width > room + 1) note(heading, `wider than its heading: ${word}`);
        }
      }
      return [...found.values()];
    },

    wide: () => document.documentElement.scrollWidth - document.documentElement.clientWidth,

    /** What is cut off, and can't be scrolled to, as a field can by the arrow keys. */
    cut: () => all("main *")
      .filter((one) => !one.closest(".unseen, svg") && !one.matches("input") && one.clientWidth > 1 && one.checkVisibility())
      .filter((one) => getComputedStyle(one).overflowX !== "visible")
      .filter((one) => one.scrollWidth > one.clientWidth + 1)
      .map(tell),

    /** Targets below 44 pixels. Links in a line of words are as high as the line (WCAG 2.5.8, inline). */
    small: () => all("button, select, input, textarea, summary, a[href]")
      .filter((one) => one.type !== "hidden" && seen(one) && !one.closest(".unseen, .skip"))
      .filter((one) => one.tagName !== "A" || one.matches(".button, nav a, .tabs a, .sites a"))
      .map((one) => one.closest("label:has([type=checkbox], [type=radio])") ?? one)
      .filter((one) => one.getBoundingClientRect().height < 43.5)
      .map(tell),

    /** Labels in drawings that come out below 16 pixels. */
    faint: () => all("svg text").filter(seen)
      .filter((one) => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().d < 15.9)
      .map(tell),

    /** What shows nothing when it has the focus; after a key was pressed, so that it is a keyboard's. */
    unfocused: () => {
      const count = {};
      const wrong = [];
      for (const one of all(FOCUSABLE).filter((each) => seen(each) && !each.disabled && each.type !== "hidden")) {
        const kind = `${one.tagName}.${one.className}.${one.parentElement.className}`;
        if ((count[kind] = (count[kind] ?? 0) + 1) > 2) continue;
        document.activeElement?.blur();
        const before = around(one);
        one.focus({ preventScroll: true });
        if (document.activeElement !== one) continue;
        if (around(one) === before) wrong.push(tell(one));
      }
      document.activeElement?.blur();
      return wrong;
    },

    /** What moves by itself, though one asked for nothing to. */
    moving: () => document.getAnimations()
      .filter((one) => one.playState === "running" && !/steps/.test(one.effect.getTiming().easing + one.effect.getKeyframes()[0]?.easing))
      .map((one) => `${one.animationName ?? one.transitionProperty} ${tell(one.effect.target)}`),
    sliding: () => all("*")
      .filter((one) => getComputedStyle(one).transitionDuration.split(",").some((each) => parseFloat(each) > 0.01))
      .map(tell),

    /** Buttons that do nothing where no script runs; browsers print by themselves, spots have their form. */
    dead: () => all("button[type=button]")
      .filter((one) => seen(one) && !one.matches("[popovertarget], [commandfor], [aria-disabled=true]"))
      .filter((one) => !one.matches("[data-print], .plan .spot"))
      .map(tell),

    /** What is drawn from figures, region by region; both are marked, for who asks the accessibility tree. A drawing
     * of several marks is a chart (a plan is of things, and each says its state), as are several drawings in one table; one mark beside its words is a meter. */
    charts: () => {
      for (const one of all("[data-region], [data-drawn]")) { delete one.dataset.region; delete one.dataset.drawn; }
      const regions = new Map();
      for (const one of all("main svg:not(.icon, .plan, [shape-rendering], nav *, .legend *, .keys *)")) {
        const marks = all("rect, circle, path:not(.axis, .now-line)", one).filter((each) => !each.closest("defs, pattern")).length;
        if (!marks || one.querySelector("use") || !one.checkVisibility()) continue;
        let region = one.closest("section, article, main");
        if (!region.querySelector("h1, h2, h3")) region = region.closest("main");
        if (!regions.has(region)) regions.set(region, []);
        const cell = one.closest("td, th, li, dl > div");
        const beside = (cell ?? one.parentElement).innerText.trim();
        const mute = one.closest("[aria-hidden=true]") && !(beside && (cell || marks < 2));
        regions.get(region).push({ said: one.closest("[role=img]") ?? one, marks, inTable: Boolean(one.closest("td")), mute });
      }
      return [...regions].map(([region, drawings], number) => {
        region.dataset.region = number;
        for (const each of drawings) each.said.dataset.drawn = number;
        const isChart = drawings.some(({ marks }) => marks > 1) || drawings.filter(({ inTable }) => inTable).length > 1;
        return { what: tell(region), isChart, mute: drawings.filter(({ mute }) => mute).map(({ said }) => tell(said)) };
      });
    },

    /** Marks of a chart that mean different things, are drawn alike without colours, and have no words of their own
     * in it. Asked while media is print; a drawing of wires is of things, not of figures. */
    grey: () => {
      const paint = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      const tone = (colour) => {
        if (/^(url|none)/.test(colour)) return colour;
        paint.fillStyle = colour;
        paint.fillRect(0, 0, 1, 1);
        return paint.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((sum, part) => sum + part / 3, 0);
      };
      const drawnAs = (one) => {
        const { fill, fillOpacity, stroke, strokeWidth, strokeDasharray } = getComputedStyle(one);
        const box = one.getBoundingClientRect();
        return { fill: tone(fill), shape: [fillOpacity, stroke === "none" ? "" : strokeWidth + strokeDasharray, Math.round(box.height)].join() };
      };
      const alike = (a, b) => a.shape === b.shape && (a.fill === b.fill || Math.abs(a.fill - b.fill) < 30);
      const wrong = [];
      for (const chart of all("main svg:not(.icon, .plan, [shape-rendering], .drawing *)").filter(seen)) {
        const labelled = new Set(all("text[class]", chart).map((one) => one.getAttribute("class")));
        const kinds = new Map();
        for (const one of all("rect[class], circle[class], path[class]", chart)) {
          const look = one.getAttribute("class");
          if (/^(axis|now-line|ground|wide|hatch\S*)$/.test(look) || labelled.has(look) || kinds.has(look)) continue;
          kinds.set(look, drawnAs(one));
        }
        const found = [...kinds];
        for (const [number, [look, one]] of found.entries())
          for (const [other, two] of found.slice(number + 1)) if (alike(one, two)) wrong.push(`${look} and ${other}`);
      }
      return wrong;
    },

    /** Where one gets from here; and the parts that the page asks for. */
    leads: () => {
      const links = all("a[href]").map((one) => new URL(one.getAttribute("href"), location).href);
      for (const form of all("form").filter((one) => one.method === "get")) {
        const to = new URL(form.getAttribute("action") || location.pathname, location.href);
        for (const word of ["a", "zz"]) {
          const data = new FormData(form);
          for (const one of form.querySelectorAll("input[type=search]")) data.set(one.name, word);
          links.push(`${to.pathname}?${new URLSearchParams(data)}`);
          if (!form.querySelector("input[type=search]")) break;
        }
      }
      return [links, all("[hx-get]").map((one) => one.getAttribute("hx-get")).concat(all("[data-stream]").map((one) => one.dataset.stream))];
    },
  };
})();
