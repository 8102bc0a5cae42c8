/** The one file that a shop embeds: makes the elements known, once a page however often the tag stands in it. */
import { EncoreRecommendations } from "./recommendations.js";

if (!customElements.get("encore-recommendations")) customElements.define("encore-recommendations", EncoreRecommendations);
