/** How one offer stands in the page: the button that opens it, its words, and two buttons of equal weight. */
import { drawing, make } from "./dom.js";
import { price } from "./words.js";

const TAG = "M3 3h8l10 10-8 8L3 11zM7.5 7.5h.01";
const CHEVRON = "M4 6l4 4 4-4";

export class OfferCard {
  #label = make("span", {});
  #told = make("div", {});
  #panel;
  toggle = make("button", { part: "toggle", "aria-controls": "offer" });
  accept = make("button", { part: "accept", class: "add" });
  decline = make("button", { part: "decline", class: "add" });
  said = make("p", { part: "status", class: "said", role: "status" }); // a live region, empty from the start

  constructor() {
    this.toggle.append(drawing("tag", "0 0 24 24", TAG), this.#label, drawing("chevron", "0 0 16 16", CHEVRON));
    const buttons = make("div", { class: "buttons" }, this.accept, this.decline);
    this.#panel = make("div", { part: "offer", class: "panel", id: "offer" }, this.#told, buttons);
    this.nodes = [this.toggle, this.#panel, this.said];
    this.open(false);
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** Shows what was hidden, or hides it, in its place: nothing is covered, and no focus moves. */
  open(isOpen = true) {
    this.#panel.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", isOpen);
  }

  /** The offer's words. What is not to be had yet, because the cart lacks something, has nothing to accept or refuse. */
  tell(offer, words, language, headingName) {
    this.#label.textContent = words.seeOffer;
    this.accept.textContent = words.accept;
    this.decline.textContent = words.decline;
    this.toggle.hidden = this.accept.parentNode.hidden = offer.missing_minor > 0;
    const conditions = offer.conditions.map((text) => make("li", {}, text));
    this.#told.replaceChildren(
      make(headingName, { part: "heading", class: "name" }, offer.title),
      ...(offer.text ? [make("p", { part: "text" }, offer.text)] : []),
      ...this.#amounts(offer, words, language),
      make("ul", { part: "conditions", role: "list" }, ...conditions),
    );
  }

  /** Nothing is crossed out but the reference that the service names. */
  #amounts({ saving_minor, price_minor, reference_minor, currency }, words, language) {
    if (!saving_minor) return [];
    const now = filled(words.withOffer, make("b", { part: "price", class: "now" }, price(price_minor, currency, language)));
    const reference = price(reference_minor ?? NaN, currency, language);
    const before = reference ? [make("span", {}, ...filled(words.lowest, make("s", { part: "reference" }, reference)))] : [];
    return [make("p", { class: "amounts" }, make("span", {}, ...now), ...before)];
  }

  /** From now on the button that accepted closes: so the focus stays, and what was said can be read. */
  conclude(code, words) {
    this.accept.textContent = words.close;
    this.decline.hidden = true;
    this.said.classList.add("done");
    this.said.replaceChildren(...filled(words.accepted, make("b", { part: "code" }, code)));
  }

  /** The shop did not take the code, which stays the shopper's. */
  notTaken(code, words) {
    this.said.classList.replace("done", "failed");
    this.said.replaceChildren(...filled(words.notTaken, make("b", { part: "code" }, code)));
  }

  say(text, failed = false) {
    this.said.classList.toggle("failed", failed);
    this.said.textContent = text;
  }

  /** While an answer is awaited neither button does anything. They are never `disabled`: that would lose the focus. */
  set isBusy(isBusy) {
    for (const button of [this.accept, this.decline]) button.setAttribute("aria-disabled", isBusy);
  }

  get isBusy() {
    return this.accept.getAttribute("aria-disabled") === "true";
  }
}

/** The text with a node in the place of `{}`. */
export function filled(text, node) {
  const [before, after] = text.split("{}");
  return [before, node, after];
}
