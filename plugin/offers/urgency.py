"""Words that press for time or speak of stock, in the four languages of the shops.

Written without accents and capitals. A text is tried in all languages.
"""

DEADLINE = {
    "en": r"\bhurry|last chance|limited[- ]time|\bends? (soon|on|in)\b|ending soon|don'?t miss"
    r"|act (now|fast)|now or never|\bexpir(es?|ing)\b|count(ing)? ?down|too late|running out of time"
    r"|flash sale|\burgent|time is running|final (days?|call)|last (few )?days?\b|deadline"
    r"|(this|one) (weekend|week|month) only|only (this|until|till)\b|before it'?s (gone|over)",
    "es": r"ultima oportunidad|tiempo limitado|date prisa|apresurate|\bcorre\b"
    r"|(termina|acaba|finaliza) (pronto|el)\b|caduca|\bexpira|no te l[oa]s? pierdas|ahora o nunca"
    r"|ultimos? dias?\b|cuenta atras|\burgente|\bvence\b|antes de que (sea tarde|se acabe|termine)"
    r"|solo (esta semana|este mes|este fin de semana|hasta)\b",
    "it": r"ultima (occasione|possibilita|chance)|tempo limitato|affrettat|sbrigat|\bcorri\b"
    r"|(termina|finisce) (presto|il)\b|\bscad(e|ono|enza)\b|non (perder|lasciarti)|ora o mai"
    r"|ultim[oi] giorn[oi]|conto alla rovescia|\burgente|prima che (sia|finisca)"
    r"|solo (questa settimana|questo mese|fino a)\b",
    "zh": r"限时|最后机会|抓紧|赶快|赶紧|速来|快抢|抢购|秒杀|即将结束|马上结束|倒计时|最后\S{0,2}天"
    r"|截止|错过|过期|失效|仅限本(周|月)",
}
HOURS = {
    "en": r"today only|only today|just today|tonight|until midnight"
    r"|(last|final|only|next) (few )?(\d+ )?(hours?|minutes?)|ends? (today|tonight|tomorrow)"
    r"|last minutes?",
    "es": r"solo (por )?hoy|hoy solamente|unicamente hoy|hasta (la )?medianoche|esta noche"
    r"|ultim[oa]s? (horas?|minutos?)|(termina|acaba|caduca|finaliza) (hoy|manana)",
    "it": r"solo (per )?oggi|oggi soltanto|stasera|stanotte|(fino a|entro) mezzanotte"
    r"|ultim[eoai] (or[ae]|minut[oi])|(termina|finisce|scade) (oggi|domani)",
    "zh": r"(仅限|只限|就在|限)(今天|今日|今晚)|今日限定|今晚|午夜|最后\S{0,2}(小时|分钟)",
}
STOCK = {
    "en": r"few left|(only|just) \d+ left|\blast (few )?(items?|pieces?|ones?|units?)\b"
    r"|while (stocks?|supplies) last|almost (gone|sold out)|selling (fast|out)|going fast"
    r"|limited (stock|quantit|availab)|low (in )?stock|nearly gone",
    "es": r"ultimas (unidades|piezas)|pocas (unidades|piezas)|quedan (solo )?(poc[oa]s|\d+)"
    r"|agotar existencias|fin de existencias|se agotan?\b|casi agotad"
    r"|(unidades|existencias|stock|plazas) limitad",
    "it": r"ultimi (pezzi|articoli)|pochi pezzi|poch[ie] rimast|restano (solo )?\d+"
    r"|esaurimento scorte|esaurimento delle|quasi esaurit|(scorte|quantita|disponibilita) limitat"
    r"|\ba ruba\b",
    "zh": r"数量有限|售完即止|卖完即止|所剩无几|仅剩|只剩|库存(有限|紧张|不多)|最后\S{0,2}件"
    r"|即将售罄|抢完即止",
}
