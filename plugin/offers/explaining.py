"""Why an offer is shown or not, for the merchant: every offer's word, sum and terms for one question."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.offers.offer import Offer
from plugin.offers.people import Person
from plugin.offers.quoting import Below, Question, Quote, Quoting, terms_as_json
from plugin.offers.shelf import Shelf, ShelfOffer
from plugin.offers.situation import Situation
from plugin.offers.words import Texts, Voice
from plugin.serving.live import LiveShop

WHY: dict[str, Texts] = {
    "offer_paused": {
        "en": "The offer is paused.",
        "es": "La oferta está en pausa.",
        "it": "L'offerta è in pausa.",
        "zh": "该优惠已暂停。",
    },
    "other_placement": {
        "en": "It is for other placements.",
        "es": "Es para otros lugares de la tienda.",
        "it": "È per altre posizioni.",
        "zh": "它用于其他展示位置。",
    },
    "not_now": {
        "en": "It has not begun, or has ended.",
        "es": "Aún no ha empezado, o ya ha terminado.",
        "it": "Non è ancora iniziata, o è già finita.",
        "zh": "尚未开始，或已结束。",
    },
    "stock_bound": {
        "en": "Of the product that its words speak of there are none left, or more than they say.",
        "es": "Del producto del que habla no queda ninguno, o quedan más de los que dice.",
        "it": "Del prodotto di cui parla non ne resta nessuno, o ne restano più di quanti dice.",
        "zh": "文案所说的商品已售完，或剩余数量多于所说。",
    },
    "other_not_dismissed": {
        "en": "It is only for who dismissed another offer.",
        "es": "Es solo para quien rechazó otra oferta.",
        "it": "È solo per chi ha rifiutato un'altra offerta.",
        "zh": "仅限拒绝过另一项优惠的人。",
    },
    "empty_cart": {
        "en": "The cart is empty.",
        "es": "La cesta está vacía.",
        "it": "Il carrello è vuoto.",
        "zh": "购物车是空的。",
    },
    "unknown_product": {
        "en": "A product of the cart is not for sale or has no price.",
        "es": "Un producto de la cesta no está a la venta o no tiene precio.",
        "it": "Un prodotto del carrello non è in vendita o non ha prezzo.",
        "zh": "购物车中有商品未在售或没有价格。",
    },
    "variant_not_named": {
        "en": "A product of the cart has variants that differ in price, cost or tax; name one.",
        "es": "Un producto de la cesta tiene variantes de distinto precio, coste o impuesto: nombra una.",
        "it": "Un prodotto del carrello ha varianti con prezzo, costo o imposta diversi: indicane una.",
        "zh": "购物车中有商品的规格在价格、成本或税率上不同；请指明规格。",
    },
    "unknown_cost": {
        "en": "The cost of a product is not known: give it, or set an assumed margin for its category.",
        "es": "No se conoce el coste de un producto: indícalo, o supón un margen para su categoría.",
        "it": "Il costo di un prodotto non è noto: indicalo, o presumi un margine per la sua categoria.",
        "zh": "有商品成本未知：请提供成本，或为其类别设定假定毛利。",
    },
    "cart_too_large": {
        "en": "The cart is worth more than Encore reckons with.",
        "es": "La cesta vale más de lo que Encore puede calcular.",
        "it": "Il carrello vale più di quanto Encore possa calcolare.",
        "zh": "购物车金额超出 Encore 的计算范围。",
    },
    "more_than_stock": {
        "en": "The cart holds more of a product than is in stock.",
        "es": "La cesta tiene más unidades de un producto de las que hay en existencias.",
        "it": "Il carrello contiene più pezzi di un prodotto di quanti ce ne siano.",
        "zh": "购物车中某商品的数量超过库存。",
    },
    "other_currency": {
        "en": "The page asks in another currency than the shop's.",
        "es": "La página pregunta en una moneda que no es la de la tienda.",
        "it": "La pagina chiede in una valuta diversa da quella del negozio.",
        "zh": "页面使用的货币与店铺不同。",
    },
    "shipping_price_unknown": {
        "en": "Nobody has said what shoppers pay for shipping: see the money settings.",
        "es": "Nadie ha dicho qué pagan los clientes por el envío: mira los ajustes de dinero.",
        "it": "Nessuno ha detto quanto si paga per la spedizione: vedi le impostazioni sul denaro.",
        "zh": "尚未设定顾客支付的运费：请看金额设置。",
    },
    "shipping_is_free": {
        "en": "Shipping is free for this cart anyway.",
        "es": "El envío ya es gratis para esta cesta.",
        "it": "Per questo carrello la spedizione è già gratuita.",
        "zh": "该购物车本来就免运费。",
    },
    "no_bundle": {
        "en": "It is for products that are shown together as a bundle.",
        "es": "Es para productos que se muestran juntos como lote.",
        "it": "È per prodotti che si mostrano insieme come set.",
        "zh": "它用于作为组合一起展示的商品。",
    },
    "other_bundle": {
        "en": "It is for another bundle.",
        "es": "Es para otro lote.",
        "it": "È per un altro set.",
        "zh": "它用于另一个组合。",
    },
    "out_of_stock": {
        "en": "What it adds to the cart is not in stock, or its cost is not known.",
        "es": "Lo que añade a la cesta está agotado, o no se conoce su coste.",
        "it": "Ciò che aggiunge al carrello è esaurito, o il suo costo non è noto.",
        "zh": "它要加入购物车的商品缺货，或成本未知。",
    },
    "not_in_cart": {
        "en": "The product that it is about is not in the cart.",
        "es": "El producto del que trata no está en la cesta.",
        "it": "Il prodotto di cui tratta non è nel carrello.",
        "zh": "所涉及的商品不在购物车中。",
    },
    "in_cart": {
        "en": "What it would add is in the cart already.",
        "es": "Lo que añadiría ya está en la cesta.",
        "it": "Ciò che aggiungerebbe è già nel carrello.",
        "zh": "它要加入的商品已在购物车中。",
    },
    "not_cheaper": {
        "en": "The other product is not cheaper.",
        "es": "El otro producto no es más barato.",
        "it": "L'altro prodotto non costa meno.",
        "zh": "另一件商品并不更便宜。",
    },
    "nothing_off": {
        "en": "It would take nothing off this cart.",
        "es": "No descontaría nada de esta cesta.",
        "it": "Non toglierebbe nulla a questo carrello.",
        "zh": "它不会为该购物车减免任何金额。",
    },
    "budget_spent": {
        "en": "Its budget is used up.",
        "es": "Su presupuesto está agotado.",
        "it": "Il suo budget è esaurito.",
        "zh": "预算已用完。",
    },
    "no_codes": {
        "en": "No code is ready; the worker makes new ones every minute.",
        "es": "No hay códigos listos; se hacen nuevos cada minuto.",
        "it": "Nessun codice è pronto; ne vengono creati ogni minuto.",
        "zh": "暂无可用代码；后台每分钟生成新的代码。",
    },
    "below_floor": {
        "en": "The cart would leave less than the margin floor: see the sum.",
        "es": "La cesta dejaría menos que el margen mínimo: mira la suma.",
        "it": "Il carrello lascerebbe meno del margine minimo: vedi la somma.",
        "zh": "该购物车的毛利会低于下限：请看算式。",
    },
    "dismissed": {
        "en": "This person dismissed it a short while ago.",
        "es": "Esta persona la rechazó hace poco.",
        "it": "Questa persona l'ha rifiutata da poco.",
        "zh": "此人不久前拒绝了它。",
    },
    "pause": {
        "en": "This person had an offer a short while ago.",
        "es": "Esta persona tuvo una oferta hace poco.",
        "it": "Questa persona ha avuto un'offerta da poco.",
        "zh": "此人不久前已获得过优惠。",
    },
    "cap_reached": {
        "en": "This person accepted it as often as the cap says.",
        "es": "Esta persona la aceptó tantas veces como permite el límite.",
        "it": "Questa persona l'ha accettata tante volte quante il limite consente.",
        "zh": "此人接受次数已达上限。",
    },
    "not_with_others": {
        "en": "This person accepted another offer that it does not go with.",
        "es": "Esta persona aceptó otra oferta con la que no se acumula.",
        "it": "Questa persona ha accettato un'altra offerta con cui non è cumulabile.",
        "zh": "此人已接受另一项不可与之同用的优惠。",
    },
    "not_the_best": {
        "en": "This person accepted a better one.",
        "es": "Esta persona aceptó una mejor.",
        "it": "Questa persona ne ha accettata una migliore.",
        "zh": "此人已接受了更好的优惠。",
    },
    "not_the_first": {
        "en": "It holds, but another one is more important or worth more.",
        "es": "Vale, pero otra es más importante o vale más.",
        "it": "Vale, ma un'altra è più importante o vale di più.",
        "zh": "它成立，但另一项优先级更高或更优惠。",
    },
}
"""In the order in which they are looked for, more or less. `condition_…` stands for a condition not met."""

_CONDITION: Texts = {
    "en": "A condition is not met: {said}",
    "es": "No se cumple una condición: {said}",
    "it": "Una condizione non è soddisfatta: {said}",
    "zh": "有一项条件未满足：{said}",
}


def explain(live: LiveShop, shelf: Shelf | None, asked: Question, now: datetime) -> dict[str, Any]:
    """The cart as it is priced, and of every offer whether it would be shown, or why not."""
    if shelf is None:
        return {"cart": None, "offers": []}
    if asked.person.customer_id in live.people.withdrawn:
        asked = replace(asked, person=Person())
    quoting = Quoting(live, shelf, asked, now)
    best = quoting.best()
    shown = best.held.offer.offer_id if best is not None else None
    offers = [_told(held, found, shown, quoting) for held, found in quoting.all()]
    return {"cart": _cart(quoting.situation), "offers": offers}


def message(reason: str, offer: Offer, voice: Voice, quoting: Quoting) -> str:
    """`reason`, a word that stands against `offer`, as a sentence; of a condition, what it asks for."""
    if reason in WHY:
        return voice.say(WHY[reason])
    name, situation = reason.removeprefix("condition_"), quoting.situation
    unmet = (each for each in offer.conditions if each.name == name and not each.holds(situation))
    return voice.say(_CONDITION, said=next(unmet).says(situation, voice))


def _cart(situation: Situation) -> dict[str, Any]:
    cart = situation.cart
    lines = [
        {name: getattr(line, name) for name in ("product_id", "quantity", "price_minor", "cost_minor")}
        for line in cart.lines
    ]
    return {"total_minor": cart.total_minor, "trouble": cart.trouble, "lines": lines}


def _told(held: ShelfOffer, found: Quote | str, shown: str | None, quoting: Quoting) -> dict[str, Any]:
    offer = held.offer
    reason = found if isinstance(found, str) else None if offer.offer_id == shown else "not_the_first"
    quote = found.quote if isinstance(found, Below) else found if isinstance(found, Quote) else None
    return {
        "offer_id": offer.offer_id,
        "shown": reason is None,
        "reason": None if reason is None else str(reason),
        "message": None if reason is None else message(reason, offer, quoting.voice, quoting),
        "terms": terms_as_json(quote) if quote else None,
        "proof": quote.proof.as_json() if quote and quote.proof else None,
    }
