/** `<encore-recommendations>`: a heading and a row of suggested products. */
import { about } from "./about.js";
import { Card } from "./card.js";
import { make } from "./dom.js";
import { EncoreElement } from "./element.js";
import { previewToken } from "./page.js";
import { send } from "./service.js";
import { row } from "./style.js";
import { consented, keepQuiet, quietNames, rememberSlate } from "./visitor.js";
import { wordsIn } from "./words.js";

const LIMIT = 6;
const MOST = 12; // a wish for more changes no height
const UPSELL = "upsell";

const viewed = new Set();

/** Puts `nodes` into the list without ever moving the one that has the focus; true when that one ought to have gone. */
function fill(list, nodes) {
  const focused = list.getRootNode().activeElement;
  const standing = [...list.children];
  if (standing.length === nodes.length && nodes.every((node, at) => node === standing[at])) return false;
  const held = standing.find((node) => node.contains(focused));
  if (!held) {
    list.replaceChildren(...nodes);
    return false;
  }
  const belongs = nodes.includes(held);
  if (!belongs) nodes = nodes.toSpliced(standing.indexOf(held), 1, held); // in the place of one
  const at = nodes.indexOf(held);
  for (const node of standing) if (node !== held) node.remove();
  held.before(...nodes.slice(0, at));
  held.after(...nodes.slice(at + 1));
  return !belongs;
}

export class EncoreRecommendations extends EncoreElement {
  path = "recommendations";
  sheets = [row];
  #cards = new Map();
  #about = [];
  #list = make("ul", { part: "list", role: "list" }); // Safari forgets a list without bullets

  get #isUpsell() {
    return this.getAttribute("kind") === UPSELL;
  }

  /** What a refusal beside the product in view is remembered by, before the refused product. */
  get #mark() {
    return `${UPSELL}/${encodeURIComponent(this.getAttribute("product"))}/`;
  }

  get question() {
    if (!this.#isUpsell) return super.question;
    const refused = quietNames(this.#mark, this.consent).map((name) => name.slice(this.#mark.length));
    return { ...super.question, refused: refused.join(",") };
  }

  read(answer) {
    if (this.#isUpsell) this.#view();
    const items = answer.items.filter((item) => item.product_id && item.title);
    if (items.length && !answer.slate_id) throw new Error("a slate without its id");
    return { ...answer, items };
  }

  offers(slate) {
    return slate.items.length > 0;
  }

  /** What an impression speaks of: each product that is seen. */
  contents(slate) {
    return slate.items.map(({ product_id }) => ({ product_id }));
  }

  draw(slate) {
    const heading = this.#heading(slate.title);
    const standing = this.section.firstChild;
    if (!standing) this.section.append(heading, this.#list);
    else if (!standing.isEqualNode(heading)) standing.replaceWith(heading);
    this.section.setAttribute("aria-labelledby", heading.id);
    this.#tellAbout(slate.personal);
    this.#cards = new Map(slate.items.map((item) => this.#card(item, slate.slate_id)));
    return fill(this.#list, Array.from(this.#cards.values(), (card) => card.node));
  }

  /** What has just been said about a stopped list stays to be read. */
  #tellAbout(words) {
    const [why] = this.#about;
    if (words ? words.why === why?.textContent : why?.stopped) return;
    for (const node of this.#about) node.remove();
    this.#about = words ? about(words, this) : [];
    this.section.append(...this.#about);
  }

  ghost() {
    const empty = { title: "", reason: null, silence_days: this.#isUpsell };
    const length = this.#isUpsell ? 1 : Math.min(Number(this.getAttribute("limit")) || LIMIT, MOST);
    const cards = Array.from({ length }, () => new Card(empty, this, wordsIn(this.language)).node);
    return make("section", { class: "ghost" }, this.#heading(), make("ul", { part: "list" }, ...cards));
  }

  /** The heading: the page's own, else the merchant's, else the language's. */
  #heading(title) {
    const text = this.getAttribute("heading") || title || wordsIn(this.language).heading;
    return make(this.headingName, { part: "heading", id: "heading" }, text);
  }

  /** A product that stays keeps its card, with its picture and what it said. */
  #card(item, slateId) {
    const name = this.language + JSON.stringify(item);
    const card = this.#cards.get(name) ?? new Card(item, this, wordsIn(this.language), this.language);
    card.slateId = slateId;
    return [name, card];
  }

  /** A link is about to be followed; false when the shop's page goes there itself. */
  clicked(card, preventable) {
    this.#count("click", card);
    const { product_id, variant_id } = card.item;
    return this.tell("click", { slate_id: card.slateId, product_id, variant_id, url: card.address }, preventable);
  }

  added(card) {
    this.#count("add_to_cart", card);
  }

  /** What was refused goes at once; something cheaper may come, and the focus that stood on the refusal goes to it. */
  async declined(card) {
    const { product_id, silence_days } = card.item;
    const consent = previewToken() ? "none" : this.consent; // a merchant who looks may look again
    keepQuiet(this.#mark + encodeURIComponent(product_id), consent, silence_days);
    send(this.consent, { type: "dismiss", slate_id: card.slateId, product_id });
    this.tell("dismiss", { slate_id: card.slateId, product_id });
    card.decline.blur();
    if (await this.again()) [...this.#cards.values()][0].decline.focus();
  }

  /** Which of two products is chosen over the other is learnt from who viewed both: with consent, once a page. */
  #view() {
    const product_id = this.getAttribute("product");
    if (!product_id || viewed.has(product_id) || !consented(this.consent)) return;
    viewed.add(product_id);
    send(this.consent, { type: "product_view", product_id });
  }

  #count(type, { slateId, item }) {
    if (consented(this.consent)) rememberSlate(slateId);
    send(this.consent, { type, slate_id: slateId, product_id: item.product_id });
  }
}
