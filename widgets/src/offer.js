/** `<encore-offer>`: one offer behind a button that everybody has; accepted or refused in its place, and quiet after that. */
import { handOver, linesOf } from "./cart.js";
import { make } from "./dom.js";
import { EncoreElement } from "./element.js";
import { OfferCard } from "./offer_card.js";
import { previewToken } from "./page.js";
import { post, send } from "./service.js";
import { offered, row } from "./style.js";
import { inView } from "./view.js";
import { isQuiet, keepQuiet } from "./visitor.js";
import { wordsIn } from "./words.js";

export class EncoreOffer extends EncoreElement {
  path = "offers";
  sheets = [row, offered];
  #card = new OfferCard();
  #slate;
  #touched = false; // the shopper has seen to it: it never opens by itself any more
  #refused; // the offer's id

  constructor() {
    super();
    this.#card.toggle.addEventListener("click", () => this.#turn());
    this.#card.accept.addEventListener("click", () => this.#accept());
    this.#card.decline.addEventListener("click", () => this.#refuse());
  }

  connectedCallback() {
    super.connectedCallback();
    document.documentElement.addEventListener("mouseleave", this.#leaving);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.documentElement.removeEventListener("mouseleave", this.#leaving);
  }

  get #words() {
    return wordsIn(this.language);
  }

  read(answer) {
    const { offer, slate_id } = answer;
    if (offer && !(slate_id && offer.offer_id && offer.title && Array.isArray(offer.conditions))) {
      throw new Error("an offer without its words");
    }
    return answer;
  }

  /** An offer that was refused here stays as small as it is; one that was refused before does not come back. */
  offers({ offer }) {
    return Boolean(offer) && (offer.offer_id === this.#refused || !isQuiet(offer.offer_id, this.consent));
  }

  contents({ offer }) {
    return [{ offer_id: offer.offer_id }];
  }

  draw(slate) {
    if (this.finished) return false;
    if (slate.offer.offer_id !== this.#slate?.offer.offer_id) this.#begin();
    this.#slate = slate;
    this.#card.tell(slate.offer, this.#words, this.language, this.headingName);
    if (slate.offer.missing_minor) this.#card.open();
    this.section.setAttribute("aria-label", this.#words.seeOffer);
    return false;
  }

  ghost() {
    const card = new OfferCard();
    card.toggle.append(this.#words.seeOffer);
    return make("section", { class: "ghost" }, ...card.nodes);
  }

  #begin() {
    this.#touched = false;
    this.#card.open(false);
    this.#card.say("");
    if (!this.section.firstChild) this.section.append(...this.#card.nodes);
  }

  #leaving = ({ clientY }) => {
    if (clientY > 0 || this.#touched || !this.section.isConnected || !inView(this)) return;
    this.#touched = true;
    this.#card.open();
  };

  #turn() {
    this.#touched = true;
    this.#card.open(!this.#card.isOpen);
    const { slate_id, offer } = this.#slate;
    if (this.#card.isOpen) send(this.consent, { type: "click", slate_id, offer_id: offer.offer_id });
  }

  async #accept() {
    const card = this.#card;
    if (card.isBusy) return;
    if (this.finished) return this.#close();
    if (previewToken()) return card.say(this.#words.preview);
    this.#touched = card.isBusy = true;
    card.accept.focus(); // Safari does not focus what is clicked, and what has the focus stays in place
    card.say("");
    try {
      await this.#conclude(await this.#wish("accept"));
    } catch {
      card.say(this.#words.notDone, true);
    }
    card.isBusy = false;
  }

  /** What changed since it was shown is asked for again, and never accepted unseen. */
  async #conclude(response) {
    if (response.status === 409) {
      const stands = await this.again();
      return this.#card.say(stands ? this.#words.changed : this.#words.gone, !stands);
    }
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const accepted = await response.json();
    this.finished = true;
    this.#card.conclude(accepted.code, this.#words);
    const told = { ...this.#thread(), ...accepted };
    handOver(this, told, "accept", "").catch(() => this.#card.notTaken(accepted.code, this.#words));
  }

  #refuse() {
    if (this.#card.isBusy) return;
    this.#touched = true;
    this.#close();
    if (previewToken()) return this.#card.say(this.#words.preview);
    this.#refused = this.#slate.offer.offer_id;
    keepQuiet(this.#refused, this.consent, this.#slate.offer.silence_days);
    this.#card.say(this.#words.declined);
    this.#wish("dismiss").catch(() => {});
    this.tell("dismiss", this.#thread());
  }

  /** The button that was pressed goes out of sight: its focus goes to the one that opens. */
  #close() {
    const held = this.shadowRoot.activeElement;
    this.#card.open(false);
    if (held) this.#card.toggle.focus();
  }

  #thread() {
    return { slate_id: this.#slate.slate_id, offer_id: this.#slate.offer.offer_id };
  }

  async #wish(what) {
    const { slate_id, offer_id } = this.#thread();
    const cart = linesOf(this.getAttribute("cart"));
    return post(`offers/${encodeURIComponent(offer_id)}/${what}`, { ...this.question, slate_id, cart });
  }
}
