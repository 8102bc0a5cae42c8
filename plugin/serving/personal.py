"""What stands beside a list made from a customer's history: why it is as it is, and how to end that."""

from json import dumps

_WORDS = {
    "en": {
        "why": "Why this?",
        "text": (
            "These suggestions rest on what you are looking at now, on what our customers buy together, and"
            " on what you bought here before. You can end the last at once."
        ),
        "stop": "Stop personalising",
        "stopped": "Done. From now on suggestions in this browser make no use of what you bought.",
        "close": "Close",
    },
    "es": {
        "why": "¿Por qué esto?",
        "text": (
            "Estas sugerencias se basan en lo que miras ahora, en lo que nuestros clientes compran junto y en"
            " lo que has comprado aquí antes. Puedes poner fin a esto último ahora mismo."
        ),
        "stop": "Dejar de personalizar",
        "stopped": "Hecho. Desde ahora, las sugerencias en este navegador no usan tus compras.",
        "close": "Cerrar",
    },
    "it": {
        "why": "Perché questo?",
        "text": (
            "Questi suggerimenti si basano su ciò che stai guardando, su ciò che i nostri clienti comprano"
            " insieme e su ciò che hai comprato qui in passato. A quest’ultimo uso puoi porre fine subito."
        ),
        "stop": "Non personalizzare più",
        "stopped": "Fatto. D’ora in poi i suggerimenti in questo browser non usano i tuoi acquisti.",
        "close": "Chiudi",
    },
    "zh": {
        "why": "为什么推荐这些？",
        "text": (
            "这些推荐依据您正在查看的商品、顾客经常一起购买的商品，以及您以前在本店购买过的商品。"
            "您可以立即停止使用您的购买记录。"
        ),
        "stop": "停止个性化",
        "stopped": "已停止。从现在起，此浏览器中的推荐不再使用您的购买记录。",
        "close": "关闭",
    },
}

AS_JSON = {lang: dumps(words, ensure_ascii=False) for lang, words in _WORDS.items()}
"""By language: `why`, `text`, `stop`, `stopped`, `close`, as they are served."""
