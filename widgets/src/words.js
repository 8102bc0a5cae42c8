/** What the elements say, in each language, and prices as that language writes them. */

const WORDS = {
  en: {
    heading: "You may also like",
    add: "Add",
    addTitle: "Add {} to cart",
    added: "Added",
    failed: "Could not be added",
    seeOffer: "See your offer",
    accept: "Accept the offer",
    decline: "No, thank you",
    withOffer: "Goods with this offer: {}",
    lowest: "Lowest price in 30 days: {}",
    accepted: "Accepted. Your code: {}",
    close: "Close",
    more: "{} more",
    declined: "All right. It stays closed, and you can still open it here.",
    changed: "The offer has changed. This is how it stands now.",
    gone: "This offer can no longer be had.",
    notDone: "That did not work, and nothing has changed. Please try again.",
    notTaken: "The code {} is yours, but the cart did not take it. Please enter it at the checkout.",
    preview: "This is a preview: nothing is accepted.",
    goTogether: "Often bought together",
    addAll: "Add all to cart",
    allAdded: "All added",
    inCart: "Already in your cart",
    boughtBy: "Bought together by {} customers",
    together: "Together: {}",
    youSave: "You save {}",
  },
  es: {
    heading: "También te puede gustar",
    add: "Añadir",
    addTitle: "Añadir {} al carrito",
    added: "Añadido",
    failed: "No se ha podido añadir",
    seeOffer: "Ver tu oferta",
    accept: "Aceptar la oferta",
    decline: "No, gracias",
    withOffer: "Artículos con esta oferta: {}",
    lowest: "Precio más bajo en 30 días: {}",
    accepted: "Aceptada. Tu código: {}",
    close: "Cerrar",
    more: "{} más",
    declined: "De acuerdo. Queda cerrada, y aún puedes abrirla aquí.",
    changed: "La oferta ha cambiado. Ahora queda así.",
    gone: "Esta oferta ya no está disponible.",
    notDone: "No ha funcionado y nada ha cambiado. Inténtalo de nuevo.",
    notTaken: "El código {} es tuyo, pero el carrito no lo ha aceptado. Escríbelo al pagar.",
    preview: "Es una vista previa: no se acepta nada.",
    goTogether: "Suelen comprarse juntos",
    addAll: "Añadir todo al carrito",
    allAdded: "Todo añadido",
    inCart: "Ya está en tu carrito",
    boughtBy: "{} clientes los compraron juntos",
    together: "Juntos: {}",
    youSave: "Ahorras {}",
  },
  it: {
    heading: "Potrebbe piacerti anche",
    add: "Aggiungi",
    addTitle: "Aggiungi {} al carrello",
    added: "Aggiunto",
    failed: "Non è stato aggiunto",
    seeOffer: "Vedi la tua offerta",
    accept: "Accetta l’offerta",
    decline: "No, grazie",
    withOffer: "Articoli con questa offerta: {}",
    lowest: "Prezzo più basso in 30 giorni: {}",
    accepted: "Accettata. Il tuo codice: {}",
    close: "Chiudi",
    more: "{} in più",
    declined: "Va bene. Resta chiusa, e puoi ancora aprirla qui.",
    changed: "L’offerta è cambiata. Ora è così.",
    gone: "Questa offerta non è più disponibile.",
    notDone: "Non ha funzionato e nulla è cambiato. Riprova.",
    notTaken: "Il codice {} è tuo, ma il carrello non l’ha accettato. Inseriscilo alla cassa.",
    preview: "Questa è un’anteprima: non si accetta nulla.",
    goTogether: "Spesso comprati insieme",
    addAll: "Aggiungi tutto al carrello",
    allAdded: "Tutto aggiunto",
    inCart: "Già nel carrello",
    boughtBy: "{} clienti li hanno comprati insieme",
    together: "Insieme: {}",
    youSave: "Risparmi {}",
  },
  zh: {
    heading: "你可能还喜欢",
    add: "加入购物车",
    addTitle: "将 {} 加入购物车",
    added: "已加入",
    failed: "未能加入",
    seeOffer: "查看您的优惠",
    accept: "接受优惠",
    decline: "不用了，谢谢",
    withOffer: "使用此优惠后商品合计：{}",
    lowest: "30 天内最低价：{}",
    accepted: "已接受。您的优惠码：{}",
    close: "关闭",
    more: "贵 {}",
    declined: "好的。优惠已收起，您仍可在此打开。",
    changed: "优惠已有变化，以下为当前内容。",
    gone: "此优惠已无法使用。",
    notDone: "操作未成功，没有任何变化。请再试一次。",
    notTaken: "优惠码 {} 已归您所有，但购物车没有接受。请在结账时输入。",
    preview: "这是预览：不会真正接受。",
    goTogether: "经常一起购买",
    addAll: "全部加入购物车",
    allAdded: "已全部加入",
    inCart: "已在购物车中",
    boughtBy: "{} 位顾客一起购买",
    together: "合计：{}",
    youSave: "您节省 {}",
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
