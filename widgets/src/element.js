/** What every Encore element does: settings, one request near the viewport, fallback, what was seen, and leaving no trace. */
import { make } from "./dom.js";
import { key, languageOf } from "./page.js";
import { addressOf, ask, explain, send } from "./service.js";
import { absent, block, point, spot } from "./style.js";
import { inView, isBelow, watchNear, watchSeen } from "./view.js";
import { consented, forgetVisitor, lastSlate, visitorId } from "./visitor.js";

const BURST_SECONDS = 0.1;
const PATIENCE_SECONDS = 0.8;
const ALWAYS_SENT = ["placement", "cart", "product", "kind", "limit", "country", "currency"];
const SENT_WITH_CONSENT = ["customer-id", "customer-proof", "cart-id", "cart-proof"];
const KEPT_HERE = ["lang", "consent", "order", "heading", "heading-level"];
const DEFAULT_LEVEL = 2;

const reported = new Set();

/**
 * A subclass has `path` (of its question), `read(answer)` (the answer cleaned; throws when it is malformed), `offers(answer)`
 * (is there something to show?), `draw(answer)` (fills `this.section`; true when it kept something back for the
 * focus), `ghost()` (an invisible likeness, to keep the place), `contents(answer)` (what its impressions speak of) and
 * `sheets` (how it looks).
 */
export class EncoreElement extends HTMLElement {
  static observedAttributes = [...ALWAYS_SENT, ...SENT_WITH_CONSENT, ...KEPT_HERE];

  section = make("section", { part: "region" });
  finished = false; // what stands there stays, and nothing is asked any more
  #near = false;
  #answer; // undefined: none yet; null: none that can be used
  #asked; // the address in flight, or the one that was answered
  #request;
  #burst;
  #heldBack = false;
  #counted; // the slate whose impression is sent
  #unwatch;
  #stops = [];

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.shadowRoot.addEventListener("focusout", () => setTimeout(() => this.#heldBack && this.#settle()));
  }

  connectedCallback() {
    if (this.#stops.length) return; // only moved
    const children = new MutationObserver(() => this.#settle());
    children.observe(this, { childList: true });
    addEventListener("encore:consent", this);
    this.#stops = [watchNear(this, (entry) => this.#moved(entry)), () => children.disconnect()];
    this.#settle();
    this.#report();
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#rest());
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.#stops.length) return;
    if (name === "consent" && consented(before)) forgetVisitor();
    clearTimeout(this.#burst);
    this.#burst = setTimeout(() => this.#look(), BURST_SECONDS * 1000);
    this.#report();
  }

  get consent() {
    return this.getAttribute("consent");
  }

  get language() {
    return languageOf(this);
  }

  /** The name of a heading's element, as `heading-level` has it. */
  get headingName() {
    const level = Number(this.getAttribute("heading-level"));
    return `h${level >= 1 && level <= 6 ? Math.trunc(level) : DEFAULT_LEVEL}`;
  }

  /** Who asks, and about what: the settings that are sent, with nothing personal unless there is consent. */
  get question() {
    const personal = consented(this.consent);
    return {
      ...this.#given(ALWAYS_SENT),
      lang: this.language,
      consent: personal ? "personal" : "none",
      ...(personal && { visitor_id: visitorId(), ...this.#given(SENT_WITH_CONSENT) }),
    };
  }

  /** Asks once more, whatever was answered; resolves to whether there is something to show. */
  async again() {
    await this.#ask(this.#address());
    return this.#isShowable(this.#answer);
  }

  /** Dispatches `encore:<name>`; false when a listener prevented it. */
  tell(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`encore:${name}`, { detail, cancelable, bubbles: true, composed: true }));
  }

  /** Of `encore:consent`: a shopper has decided, here or elsewhere on the page. */
  handleEvent() {
    this.#look();
  }

  #rest() {
    removeEventListener("encore:consent", this);
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#unwatch?.();
    clearTimeout(this.#burst);
    if (!this.#request) return;
    this.#request.abort();
    this.#request = this.#asked = undefined;
  }

  #moved({ isIntersecting }) {
    this.#near = isIntersecting;
    const waiting = this.#answer === undefined;
    if (waiting && isBelow(this) && !this.#hasChildren()) this.#keepPlace();
    if (isIntersecting) this.#look();
    else if (!waiting && !this.section.isConnected) this.#settle();
  }

  /** Settings may have changed, or the element come near: ask if that makes a new question. */
  #look() {
    const address = this.#address();
    if (address === this.#asked || this.finished) this.#settle();
    else if (this.#near) this.#ask(address);
    else if (!this.section.isConnected) this.#waitAgain();
  }

  /** What has no box is never near: give it one. */
  #waitAgain() {
    this.#answer = undefined;
    this.#settle();
  }

  #given(names) {
    return Object.fromEntries(names.map((name) => [name.replace("-", "_"), this.getAttribute(name) ?? undefined]));
  }

  #address() {
    return addressOf(this.path, this.question);
  }

  async #ask(address) {
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    this.#asked = address;
    const patience = setTimeout(() => request.abort(new Error("no answer in time")), PATIENCE_SECONDS * 1000);
    const answer = await this.#answerTo(address, request.signal);
    clearTimeout(patience);
    if (this.#request !== request) return; // a newer question stands, or the element is gone
    this.#request = undefined;
    this.#answer = answer;
    this.#settle();
  }

  async #answerTo(address, signal) {
    try {
      if (!key) throw new Error("the script tag has no data-key");
      return this.read(await ask(address, signal));
    } catch (error) {
      if (this.#request?.signal === signal) explain(error.message);
      return null;
    }
  }

  /** Shows what there is to show now: the answer, or the element's own children, or nothing. */
  #settle() {
    this.#unwatch?.();
    const answer = this.#answer;
    if (this.#isShowable(answer)) this.#show(answer);
    else if (answer !== undefined || this.#hasChildren()) this.#stepBack(answer);
    else if (!this.shadowRoot.firstChild) this.#dress([block]);
  }

  #isShowable(answer) {
    return Boolean(answer) && answer.arm !== "holdout" && this.offers(answer);
  }

  #dress(sheets, ...nodes) {
    this.shadowRoot.adoptedStyleSheets = sheets;
    const standing = this.shadowRoot.firstChild;
    if (!standing || standing !== nodes[0]) this.shadowRoot.replaceChildren(...nodes);
  }

  #keepPlace() {
    this.#dress([block, ...this.sheets], this.ghost());
  }

  #show(answer) {
    try {
      this.#heldBack = this.draw(answer);
    } catch (error) {
      return this.#giveUp(error);
    }
    this.#dress([block, ...this.sheets], this.section);
    this.#count(this.section, "impression", answer);
  }

  #giveUp(error) {
    explain(error.message);
    this.#answer = null;
    this.#stepBack(null);
  }

  /** Never under the focus. What stood in view leaves its room behind until it is out of view: nothing jumps. */
  #stepBack(answer) {
    this.#heldBack = this.shadowRoot.activeElement !== null;
    if (this.#heldBack) return;
    const room = answer?.strategy !== "stopped" && inView(this) ? this.offsetHeight : 0;
    const watched = answer?.arm === "holdout" && this.offers(answer) && this.#counted !== answer.slate_id;
    const height = watched ? this.#heightOfGhost() : 0;
    const mark = watched && make("i", {});
    const [sheet, rest] = this.#remains(room, watched);
    this.#dress([sheet, spot], ...[mark, rest].filter(Boolean));
    if (watched) this.#count(mark, "would_show", answer, height);
  }

  #remains(room, watched) {
    if (this.#hasChildren()) return [spot, make("slot", {})];
    if (!room) return [watched ? point : absent];
    const gap = make("div", {});
    gap.style.blockSize = `${room}px`;
    return [block, gap];
  }

  #heightOfGhost() {
    this.#keepPlace();
    return this.offsetHeight;
  }

  #hasChildren() {
    return [...this.childNodes].some((node) => node.nodeType === Node.ELEMENT_NODE || node.data?.trim());
  }

  #count(target, type, answer, height) {
    if (this.#counted === answer.slate_id) return;
    const seen = () => {
      this.#counted = answer.slate_id;
      const { slate_id, placement, items, offer, bundles } = answer;
      send(this.consent, ...this.contents(answer).map((content) => ({ type, slate_id, ...content })));
      if (type === "impression") this.tell("view", { slate_id, placement, items, offer, bundles });
      else this.#settle();
    };
    this.#unwatch = watchSeen(target, seen, height);
  }

  /** The thank-you page: a purchase, once. Without consent it would say nothing that the order itself does not. */
  #report() {
    const order = this.getAttribute("order");
    if (!order || reported.has(order) || !consented(this.consent)) return;
    reported.add(order);
    const event = { type: "purchase", event_id: `purchase-${order}`, order_id: order, slate_id: lastSlate() };
    send(this.consent, event);
  }
}
