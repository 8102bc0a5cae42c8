/** What the elements say, in each language, and prices as that language writes them. */

const WORDS = {
  en: {
    heading: "You may also like",
    add: "Add",
    addTitle: "Add {} to cart",
    added: "Added",
    failed: "Could not be added",
  },
  es: {
    heading: "También te puede gustar",
    add: "Añadir",
    addTitle: "Añadir {} al carrito",
    added: "Añadido",
    failed: "No se ha podido añadir",
  },
  it: {
    heading: "Potrebbe piacerti anche",
    add: "Aggiungi",
    addTitle: "Aggiungi {} al carrello",
    added: "Aggiunto",
    failed: "Non è stato aggiunto",
  },
  zh: {
    heading: "你可能还喜欢",
    add: "加入购物车",
    addTitle: "将 {} 加入购物车",
    added: "已加入",
    failed: "未能加入",
  },
};

/** The words of a language tag; English where we have none. */
export function wordsIn(language) {
  return WORDS[language.split("-")[0]] ?? WORDS.en;
}

/** A sentence with its one gap filled. */
export function filled(sentence, text) {
  return sentence.replace("{}", () => text);
}

/** An amount of minor units as text, by the currency's own number of decimals; empty without amount or currency. */
export function price(minor, currency, language) {
  if (!Number.isFinite(minor)) return "";
  try {
    const format = new Intl.NumberFormat(language, { style: "currency", currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  } catch {
    return "";
  }
}
