/** Below a personal list: why these products, and the end of it. The words come with the answer. */
import { make } from "./dom.js";

/** The button and what it opens. Pressed, *stop* becomes *close*: so the focus stays, and what was said can be read. */
export function about(words, owner) {
  const text = make("p", { role: "status" }, words.text);
  const stop = make("button", { part: "add" }, words.stop);
  const why = make("button", { part: "why", popovertarget: "about" }, words.why);
  const panel = make("div", { part: "about", id: "about", popover: "", role: "dialog", "aria-label": words.why }, text, stop);
  stop.addEventListener("click", () => {
    if (why.stopped) return panel.hidePopover?.();
    why.stopped = true;
    text.textContent = words.stopped;
    stop.textContent = words.close;
    owner.tell("consent", { consent: "none" });
  });
  panel.addEventListener("beforetoggle", () => stop.matches(":focus") && why.focus());
  return [why, panel];
}
