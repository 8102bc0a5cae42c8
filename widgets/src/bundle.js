/** `<encore-bundle>`: what is bought together with a product or a cart, and one button that adds all of it. */
import { BundleCard } from "./bundle_card.js";
import { handOver, linesOf } from "./cart.js";
import { make } from "./dom.js";
import { EncoreElement } from "./element.js";
import { previewToken } from "./page.js";
import { post, send } from "./service.js";
import { bundled, offered, row } from "./style.js";
import { consented, rememberSlate } from "./visitor.js";
import { wordsIn } from "./words.js";

const SHOWN_AT_FIRST = 1;

/** What the cart lacks of a bundle, one of each. */
function missingOf({ bundle }) {
  const missing = bundle.items.filter((item) => !item.in_cart);
  return missing.map(({ product_id, variant_id }) => ({ product_id, variant_id, quantity: 1 }));
}

export class EncoreBundle extends EncoreElement {
  path = "bundles";
  sheets = [row, offered, bundled];
  #slate;
  #shown; // what stands there, as a text that tells it from anything else
  #outdated = false; // what stands there may go even under the focus: the shopper is told that it changed
  #cards = [];

  get question() {
    return { ...super.question, limit: this.getAttribute("limit") || SHOWN_AT_FIRST };
  }

  get #words() {
    return wordsIn(this.language);
  }

  read(answer) {
    const bundles = answer.bundles.filter(({ items }) => items.length > 1 && items.every((item) => item.title));
    if (bundles.length && !answer.slate_id) throw new Error("a slate without its id");
    return { ...answer, bundles };
  }

  offers({ bundles }) {
    return bundles.length > 0;
  }

  /** What an impression speaks of: each product that a bundle would bring. */
  contents({ bundles }) {
    const brought = ({ items }) => items.slice(1).filter((item) => !item.in_cart);
    return bundles.flatMap((each) =>
      brought(each).map(({ product_id }) => ({ bundle_id: each.bundle_id, product_id })),
    );
  }

  /** A bundle never changes under the focus; true when another one waits. */
  draw(slate) {
    const heading = this.#heading();
    const told = (name, value) => (name === "offer_slate_id" ? undefined : value);
    const wanted = heading.textContent + this.language + JSON.stringify(slate.bundles, told);
    const focused = this.shadowRoot.activeElement;
    const isOther = wanted !== this.#shown;
    if (isOther && focused && !this.#outdated) return true;
    this.#slate = slate;
    if (isOther) this.#fill(heading, slate.bundles);
    if (isOther && focused) this.#cards[0].button.focus();
    this.#shown = wanted;
    this.#cards.forEach((each, at) => this.#bind(each, slate.bundles[at]));
    return false;
  }

  ghost() {
    const item = { title: "", reason: null };
    const card = new BundleCard({ items: [item, item], conditions: [] }, this, this.#words);
    return make("section", { class: "ghost" }, this.#heading(), card.node);
  }

  #heading() {
    const text = this.getAttribute("heading") || this.#words.goTogether;
    return make(this.headingName, { part: "heading", id: "heading" }, text);
  }

  #fill(heading, bundles) {
    this.#cards = bundles.map((each) => new BundleCard(each, this, this.#words, this.language));
    this.section.replaceChildren(heading, ...this.#cards.map((card) => card.node));
    this.section.setAttribute("aria-labelledby", heading.id);
  }

  /** The same bundle on a newer slate. */
  #bind(bundleCard, bundle) {
    bundleCard.bundle = bundle;
    for (const card of bundleCard.cards) card.slateId = this.#slate.slate_id;
  }

  /** A link is about to be followed; false when the shop's page goes there itself. */
  clicked(card, preventable) {
    const { product_id, variant_id } = card.item;
    this.#count("click", [{ product_id }]);
    return this.tell("click", { slate_id: card.slateId, product_id, variant_id, url: card.address }, preventable);
  }

  async addAll(card) {
    if (card.isBusy || card.isAccepted) return;
    if (card.bundle.offer_id && previewToken()) return card.say(this.#words.preview);
    card.button.focus(); // Safari does not focus what is clicked, and what has the focus stays in place
    card.isBusy = true;
    card.say("");
    try {
      await (card.bundle.offer_id ? this.#accept(card) : this.#handOver(card));
    } catch {
      card.say(this.#words.failed, "failed");
    }
    card.isBusy = false;
  }

  /** As with any offer the page puts into the cart what comes with it. What changed since is shown anew, not accepted. */
  async #accept(card) {
    const { offer_id, offer_slate_id: slate_id, bundle_id } = card.bundle;
    const cart = linesOf(this.getAttribute("cart"));
    const wish = { ...this.question, slate_id, bundle_id, cart };
    const response = await post(`offers/${encodeURIComponent(offer_id)}/accept`, wish);
    if (response.status === 409) return this.#changed(card);
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const accepted = await response.json();
    card.isAccepted = true;
    card.say(this.#words.accepted.replace("{}", () => accepted.code), "done");
    this.#countAdded(card, missingOf(card));
    const told = { slate_id, offer_id, bundle_id, ...accepted };
    handOver(this, told, "accept", "").catch(() => card.say(this.#words.notTaken.replace("{}", () => accepted.code), "failed"));
  }

  async #changed(card) {
    this.#outdated = true;
    const stands = await this.again();
    this.#outdated = false;
    (stands ? this.#cards[0] : card).say(stands ? this.#words.changed : this.#words.gone, stands ? "" : "failed");
  }

  async #handOver(card) {
    const { bundle_id } = card.bundle;
    const { slate_id } = this.#slate;
    const lines = missingOf(card);
    let outcome = await handOver(this, { slate_id, bundle_id, lines }, "add-all", "addAllToCart");
    if (outcome === "unanswered") outcome = await this.#oneByOne(lines);
    if (outcome !== "added") return;
    card.say(this.#words.allAdded, "done");
    this.#countAdded(card, lines);
  }

  /** For a page that knows how to add one product, and not how to add several. */
  async #oneByOne(lines) {
    const { slate_id } = this.#slate;
    const outcomes = [];
    for (const line of lines) outcomes.push(await handOver(this, { ...line, slate_id }));
    if (outcomes.includes("unanswered")) throw new Error("nobody adds it");
    return outcomes.find((outcome) => outcome !== "added") ?? "added";
  }

  #countAdded({ bundle }, lines) {
    this.#count("add_to_cart", lines.map(({ product_id }) => ({ bundle_id: bundle.bundle_id, product_id })));
  }

  #count(type, contents) {
    const { slate_id } = this.#slate;
    if (consented(this.consent)) rememberSlate(slate_id);
    send(this.consent, ...contents.map((content) => ({ type, slate_id, ...content })));
  }
}
