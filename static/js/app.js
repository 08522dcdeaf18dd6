// Behaviour of the portal. Custom elements start themselves when the parser or htmx inserts them; everything
// they do is an addition to a page that works without them.

const isTextField = (element) =>
  element.closest("textarea, select, input:not([type=checkbox]):not([type=radio])");

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// Single-key shortcuts can be turned off on the help page (WCAG 2.1.4).
const KEYS_SETTING = "single-key-shortcuts";
const singleKeysAreOn = () => localStorage.getItem(KEYS_SETTING) !== "off";

customElements.define(
  "theme-toggle",
  class extends HTMLElement {
    connectedCallback() {
      this.querySelector("form").addEventListener("submit", (event) => {
        event.preventDefault();
        this.apply({ "": "dark", dark: "light", light: "" }[document.documentElement.dataset.theme || ""]);
      });
    }

    apply(theme) {
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      const secure = location.protocol === "https:" ? ";secure" : "";
      document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax${secure}`;
      this.querySelector("button").setAttribute("aria-label", `Colour theme: ${theme || "system"}`);
    }
  },
);

customElements.define(
  "command-palette",
  class extends HTMLElement {
    connectedCallback() {
      this.dialog = this.querySelector("dialog");
      this.query = this.querySelector("input");
      this.results = this.querySelector("[role=listbox]");
      document.addEventListener("keydown", (event) => {
        const chord = (event.ctrlKey || event.metaKey) && event.key === "k";
        const slash = event.key === "/" && !isTextField(event.target) && singleKeysAreOn();
        if (!chord && !slash) return;
        event.preventDefault();
        this.open();
      });
      for (const opener of document.querySelectorAll("[data-open-palette]")) {
        opener.addEventListener("click", (event) => {
          event.preventDefault();
          this.open();
        });
      }
      this.query.addEventListener("keydown", (event) => this.onKey(event));
      this.results.addEventListener("click", (event) => this.go(event.target.closest("[data-href]")));
      new MutationObserver(() => this.select(0)).observe(this.results, { childList: true });
    }

    get options() {
      return [...this.results.querySelectorAll("[role=option][data-href]")];
    }

    open() {
      if (!this.dialog.open) this.dialog.showModal();
      this.query.value = "";
      this.query.dispatchEvent(new Event("input", { bubbles: true }));
    }

    onKey(event) {
      const current = this.options.findIndex((option) => option.ariaSelected === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.select((current + step + this.options.length) % this.options.length);
      }
      if (event.key === "Enter" && current >= 0) {
        event.preventDefault();
        this.go(this.options[current]);
      }
    }

    select(position) {
      this.query.removeAttribute("aria-activedescendant");
      this.options.forEach((option, i) => {
        option.id = `palette-option-${i}`;
        option.ariaSelected = String(i === position);
        if (i !== position) return;
        this.query.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      });
    }

    go(option) {
      if (option) location.href = option.dataset.href;
    }
  },
);

// Keys act only while a control of a row that is not a text field has the focus.
customElements.define(
  "soa-grid",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("keydown", (event) => this.onKey(event));
      this.addEventListener("change", (event) => {
        const row = event.target.closest("tr[data-row]");
        if (row && event.target.type === "radio")
          row.classList.toggle("left-out", event.target.value === "no");
      });
    }

    get rows() {
      return [...this.querySelectorAll("tr[data-row]")];
    }

    onKey(event) {
      const row = event.target.closest("tr[data-row]");
      if (!row || event.altKey || event.metaKey) return;
      const column = `[data-key="${event.target.dataset.key || "ref"}"]`;
      if (event.ctrlKey) {
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.move(row, event.shiftKey ? -1 : 1, column);
        return;
      }
      if (event.key === "Escape") {
        row.querySelector("[data-key=ref]").focus();
        return;
      }
      if (isTextField(event.target) || !singleKeysAreOn()) return;
      const action = this.actionFor(event.key, row, column);
      if (!action) return;
      event.preventDefault();
      action();
    }

    actionFor(key, row, column) {
      if (/^[1-9]$/.test(key)) return () => this.setStatus(row, Number(key));
      return {
        j: () => this.move(row, 1, column),
        k: () => this.move(row, -1, column),
        y: () => this.decide(row, "yes"),
        n: () => this.decide(row, "no"),
        x: () => row.querySelector(".pick")?.click(),
        e: () => row.querySelector("textarea")?.focus(),
      }[key];
    }

    move(row, step, selector) {
      const target = this.rows[this.rows.indexOf(row) + step];
      (target?.querySelector(selector) || target?.querySelector("[data-key=ref]"))?.focus();
      target?.scrollIntoView({ block: "nearest" });
    }

    decide(row, answer) {
      const radio = row.querySelector(`input[type=radio][value=${answer}]`);
      if (!radio) return;
      radio.click();
      if (answer === "no") row.querySelector("textarea")?.focus();
      else this.move(row, 1, "[data-key=ref]");
    }

    setStatus(row, position) {
      const select = row.querySelector("select");
      const options = [...(select?.options ?? [])].filter((option) => option.value);
      if (!options[position - 1]) return;
      select.value = options[position - 1].value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
  },
);

customElements.define(
  "error-summary",
  class extends HTMLElement {
    connectedCallback() {
      this.firstElementChild.focus();
      this.addEventListener("click", (event) => {
        const link = event.target.closest("a[href^='#']");
        const field = link && document.getElementById(link.hash.slice(1));
        if (!field) return;
        event.preventDefault();
        field.focus();
        field.scrollIntoView({ block: "center" });
      });
    }
  },
);

customElements.define(
  "score-picker",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("change", () => this.say());
      this.say();
    }

    say() {
      const chosen = this.querySelector("input:checked");
      if (!chosen) return;
      const [likelihood, impact] = chosen.value.split("-").map(Number);
      this.querySelector("[data-picked]").textContent =
        `Likelihood ${likelihood}, impact ${impact}: ${likelihood * impact} · ${chosen.dataset.word}`;
    }
  },
);

customElements.define(
  "drop-zone",
  class extends HTMLElement {
    connectedCallback() {
      this.input = this.querySelector("input[type=file]");
      for (const name of ["dragover", "dragleave", "drop"])
        this.addEventListener(name, (event) => this.onDrag(event));
      this.input.addEventListener("change", () => this.say());
    }

    onDrag(event) {
      event.preventDefault();
      this.classList.toggle("dragging", event.type === "dragover");
      if (event.type !== "drop" || !event.dataTransfer.files.length) return;
      this.input.files = event.dataTransfer.files;
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    say() {
      const names = [...this.input.files].map((file) => `${file.name}, ${(file.size / 1e6).toFixed(1)} MB`);
      this.querySelector("[data-chosen]").textContent = names.join("; ");
    }
  },
);

// On the help page: a checkbox that turns single-key shortcuts on and off in this browser.
customElements.define(
  "key-switch",
  class extends HTMLElement {
    connectedCallback() {
      this.hidden = false;
      const box = this.querySelector("input");
      box.checked = singleKeysAreOn();
      box.addEventListener("change", () => localStorage.setItem(KEYS_SETTING, box.checked ? "on" : "off"));
    }
  },
);

// Rows of a register: how many are selected, and the box that selects them all.
document.addEventListener("change", (event) => {
  if (!event.target.matches(".pick, .pick-all")) return;
  const form = event.target.form || document;
  const boxes = [...form.querySelectorAll(".pick")];
  if (event.target.matches(".pick-all")) boxes.forEach((box) => (box.checked = event.target.checked));
  const count = boxes.filter((box) => box.checked).length;
  for (const line of form.querySelectorAll("[data-selected]")) {
    line.textContent = count ? `${count} selected` : line.dataset.hint;
  }
});

// A menu closes when one clicks elsewhere or presses Escape, which gives the focus back to its button.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  const single = !event.ctrlKey && !event.metaKey && !event.altKey && singleKeysAreOn();
  if (
    single &&
    event.key === "c" &&
    !isTextField(event.target) &&
    !event.target.closest("tr[data-row], dialog")
  ) {
    document.querySelector("[data-open-new]")?.click();
    document.querySelector("[data-open-new]")?.focus();
  }
});

// Records in a row: j and k follow the links to the next and the previous one, u goes back to the list.
customElements.define(
  "record-keys",
  class extends HTMLElement {
    connectedCallback() {
      this.onKey = (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !singleKeysAreOn()) return;
        if (isTextField(event.target) || event.target.closest("dialog")) return;
        const wanted = { j: "a[rel=next]", k: "a[rel=prev]" }[event.key];
        if (wanted) this.querySelector(wanted)?.click();
        else if (event.key === "u") document.querySelector("#main .head a")?.click();
      };
      document.addEventListener("keydown", this.onKey);
    }

    disconnectedCallback() {
      document.removeEventListener("keydown", this.onKey);
    }
  },
);

document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token;
});

// What saves by itself names "retry" among its triggers. A request that does not reach the server is tried again.
const RETRY_SECONDS = [1, 2, 4, 8, 16];
const unsaved = new Map();
let sawOverlap = false; // whether two were under way at once since all was saved
const savesItself = (element) => /\bretry\b/.test(element?.dataset?.hxTrigger || "");

const announce = (text) => (document.getElementById("toast").textContent = text);

// A change waits a moment for others before it is sent: whoever leaves in that moment is asked as well.
document.addEventListener("change", ({ target }) => {
  const element = target.closest?.("[data-hx-post]");
  if (!savesItself(element) || !target.name || target.matches(".pick")) return;
  if (!unsaved.has(element)) unsaved.set(element, 0);
});
document.addEventListener("htmx:before:request", ({ detail }) => {
  const element = detail.ctx.sourceElement;
  if (!savesItself(element)) return;
  if (!unsaved.has(element)) unsaved.set(element, 0);
  sawOverlap ||= unsaved.size > 1;
});
document.addEventListener("htmx:after:request", ({ detail }) => {
  const element = detail.ctx.sourceElement;
  if (!savesItself(element)) return;
  const wasFailing = unsaved.get(element) > 0;
  unsaved.delete(element);
  if (wasFailing) announce(unsaved.size ? `Not saved: ${plural(unsaved.size, "row")}. Retrying.` : "Saved.");
});
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (!savesItself(detail.ctx.sourceElement) || unsaved.size || !sawOverlap) return;
  sawOverlap = false;
  const summary = document.querySelector("[data-hx-trigger=settled]");
  if (summary) htmx.trigger(summary, "settled");
});
document.addEventListener("htmx:error", ({ detail }) => {
  const element = detail.ctx?.sourceElement;
  if (!savesItself(element)) return;
  const attempt = unsaved.get(element) ?? 0;
  unsaved.set(element, attempt + 1);
  if (attempt >= RETRY_SECONDS.length) {
    announce("Not saved. Check the connection, then change the row again.");
    return;
  }
  announce("Not saved. Retrying.");
  setTimeout(() => element.isConnected && htmx.trigger(element, "retry"), RETRY_SECONDS[attempt] * 1000);
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved.size) event.preventDefault();
});
