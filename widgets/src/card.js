/** One suggested product: picture, title, price, reason, and the buttons that add it to the shop's cart or refuse it. */
import { handOver } from "./cart.js";
import { drawing, make } from "./dom.js";
import { webAddress } from "./page.js";
import { price } from "./words.js";

const BOX = "M3 8l9-5 9 5v8l-9 5-9-5zM3 8l9 5 9-5M12 13v8M7.5 5.5l9 5";
const PLUS = "M8 2v12M2 8h12";

function blank() {
  return drawing("blank", "0 0 24 24", BOX);
}

/** The picture, or a drawing in its place where there is none or it does not load. */
function picture(address) {
  const image = address && make("img", { part: "image", alt: "", loading: "lazy", decoding: "async" });
  if (image) {
    image.width = image.height = 240;
    image.addEventListener("error", () => image.replaceWith(blank()));
    image.src = address;
  }
  return make("span", { part: "picture" }, image || blank());
}

/** A click that opens the page here; the others open a tab of their own, which a shop's router must not prevent. */
function isPlain(event) {
  return !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
}

export class Card {
  /**
   * `owner` is told what the shopper does: `clicked(card, preventable)` before a link is followed, `added(card)`, and
   * `declined(card)` of what has a button to refuse it, as an upsell has: of the same look and width as the other one.
   */
  constructor(item, owner, words, language) {
    this.item = item;
    this.owner = owner;
    this.words = words;
    this.slateId = null;
    this.address = webAddress(item.url);
    this.button = this.#button();
    this.status = make("p", { part: "status", role: "status" });
    this.node = make(
      "li",
      { part: "item" },
      this.#link(),
      make("p", { part: "price" }, this.#price(language)),
      make("p", { part: "reason" }, item.reason?.text ?? ""),
      this.button,
      ...(item.silence_days ? [this.#decline()] : []),
      this.status,
    );
  }

  #price(language) {
    const { price_minor, more_minor, currency } = this.item;
    const more = price(more_minor ?? NaN, currency, language);
    return price(price_minor, currency, language) + (more && ` (${this.words.more.replace("{}", () => more)})`);
  }

  #decline() {
    this.decline = make("button", { part: "decline", class: "add" }, this.words.decline);
    this.decline.addEventListener("click", () => this.owner.declined(this));
    return this.decline;
  }

  #link() {
    const inside = [picture(webAddress(this.item.image_url)), make("p", { part: "title" }, this.item.title)];
    if (!this.address) return make("div", { part: "link" }, ...inside);
    const link = make("a", { part: "link", href: this.address }, ...inside);
    link.addEventListener("click", (event) => this.owner.clicked(this, isPlain(event)) || event.preventDefault());
    link.addEventListener("auxclick", (event) => event.button === 1 && this.owner.clicked(this, false));
    return link;
  }

  #button() {
    const name = this.words.addTitle.replace("{}", () => this.item.title); // a title may hold "$&"
    const button = make("button", { part: "add", "aria-label": name });
    button.append(drawing("plus", "0 0 16 16", PLUS), this.words.add);
    button.addEventListener("click", () => this.#add());
    return button;
  }

  /** The button is never `disabled`: it would lose the focus, and the keyboard its place. */
  async #add() {
    if (this.button.hasAttribute("aria-disabled")) return;
    this.button.focus(); // Safari does not focus what is clicked, and what has the focus stays in place
    this.button.setAttribute("aria-disabled", "true");
    this.#say("");
    try {
      this.#conclude(await handOver(this.owner, this.#wanted()));
    } catch {
      this.#say(this.words.failed, true);
    }
    this.button.removeAttribute("aria-disabled");
  }

  #wanted() {
    return { product_id: this.item.product_id, variant_id: this.item.variant_id, quantity: 1, slate_id: this.slateId };
  }

  /** Where nobody in the shop listens, the product's own page is where it can be bought. */
  #conclude(outcome) {
    if (outcome === "added") {
      this.#say(this.words.added);
      this.owner.added(this);
    } else if (outcome === "unanswered") {
      if (!this.address) throw new Error("no page to go to");
      if (this.owner.clicked(this, true)) location.assign(this.address);
    }
  }

  /** The status is a live region from the start and empty: what is said in it is read out once, politely. */
  #say(text, failed = false) {
    this.status.classList.toggle("failed", failed);
    this.status.textContent = text;
  }
}
