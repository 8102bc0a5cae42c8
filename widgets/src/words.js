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

/** ISO 4217: currencies that have not two decimals. The browser's own number is how many are usually written. */
const DECIMALS = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
  3: "BHD IQD JOD KWD LYD OMR TND",
  4: "CLF UYW",
};

/** An amount of minor units as text, with no fraction lost; empty without amount or currency. */
export function price(minor, currency, language) {
  if (!Number.isFinite(minor)) return "";
  try {
    const decimals = Object.keys(DECIMALS).find((number) => DECIMALS[number].includes(currency)) ?? 2;
    const style = { style: "currency", currency, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(language, style).format(minor / 10 ** decimals);
  } catch {
    return "";
  }
}
