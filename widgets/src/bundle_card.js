/** How one bundle stands in the page: its products, what they cost together, and one button that adds them all. */
import { Card } from "./card.js";
import { make } from "./dom.js";
import { filled } from "./offer_card.js";
import { price } from "./words.js";

export class BundleCard {
  button = make("button", { part: "add-all", class: "add" });
  said = make("p", { part: "status", class: "said", role: "status" }); // a live region, empty from the start
  isAccepted = false; // its saving is promised: once is enough

  /** `owner` is told what the shopper does: `clicked` as of any card, and `addAll(this)`. */
  constructor(bundle, owner, words, language) {
    this.bundle = bundle;
    this.cards = bundle.items.map((item) => this.#card(item, owner, words, language));
    const names = bundle.items.map((item) => item.title).join(", ");
    this.button.textContent = words.addAll;
    this.button.setAttribute("aria-label", `${words.addAll}: ${names}`);
    this.button.addEventListener("click", () => owner.addAll(this));
    this.node = make(
      "div",
      { part: "bundle" },
      ...(bundle.title ? [make("p", { part: "name" }, bundle.title)] : []),
      make("ul", { part: "list", role: "list" }, ...this.cards.map((card) => card.node)),
      ...this.#about(words, language),
      this.button,
      this.said,
    );
  }

  /** A product as in a row, but it is added with the others. */
  #card(item, owner, words, language) {
    const card = new Card({ ...item, reason: { text: item.in_cart ? words.inCart : "" } }, owner, words, language);
    card.button.remove();
    card.status.remove();
    return card;
  }

  /** What it costs and on which conditions; nothing is crossed out but the reference that the service names. */
  #about(words, language) {
    const { support, currency, price_minor, saving_minor, reference_minor, conditions } = this.bundle;
    const amount = (minor) => price(minor ?? NaN, currency, language);
    const [total, saving, reference] = [price_minor, saving_minor || NaN, reference_minor].map(amount);
    const told = [filled(words.together, make("b", { part: "price", class: "now" }, total))];
    if (saving) told.push([words.youSave.replace("{}", () => saving)]);
    if (reference) told.push(filled(words.lowest, make("s", { part: "reference" }, reference)));
    return [
      make("p", { class: "amounts" }, ...told.map((parts) => make("span", {}, ...parts))),
      ...(support ? [make("p", { part: "support" }, words.boughtBy.replace("{}", support))] : []),
      make("ul", { part: "conditions", role: "list" }, ...conditions.map((text) => make("li", {}, text))),
    ];
  }

  say(text, kind = "") {
    this.said.className = `said ${kind}`;
    this.said.textContent = text;
  }

  /** The button is never `disabled`: it would lose the focus, and the keyboard its place. */
  set isBusy(isBusy) {
    this.button.setAttribute("aria-disabled", isBusy);
  }

  get isBusy() {
    return this.button.getAttribute("aria-disabled") === "true";
  }
}
