/** The one file that a shop embeds: makes the elements known, once a page however often the tag stands in it. */
import { EncoreBundle } from "./bundle.js";
import { EncoreOffer } from "./offer.js";
import { EncoreRecommendations } from "./recommendations.js";

const ELEMENTS = {
  "encore-bundle": EncoreBundle,
  "encore-offer": EncoreOffer,
  "encore-recommendations": EncoreRecommendations,
};

for (const [name, element] of Object.entries(ELEMENTS)) if (!customElements.get(name)) customElements.define(name, element);
