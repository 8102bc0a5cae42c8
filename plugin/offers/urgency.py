"""Words that press for time or speak of stock, in the four languages of the shops.

Written without accents and capitals. A text is tried in all languages.
"""

_EN_DAY = r"((mon|tues|wednes|thurs|fri|satur|sun)day)"
_EN_MONTH = (
    r"((jan|febr)uary|march|april|may|june|july|august|(septem|octo|novem|decem)ber"
    r"|(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b)"
)
_ES_DAY = r"(lunes|martes|miercoles|jueves|viernes|sabado|domingo)"
_IT_DAY = r"((lune|marte|mercole|giove|vener)di|sabato|domenica)"
_EN_NUMBER = r"(\d+|one|two|three|four|five|six|seven|eight|nine|ten)"
_ES_NUMBER = r"(\d+|un[oa]?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez)"
_IT_NUMBER = r"(\d+|un[oa]?|due|tre|quattro|cinque|sei|sette|otto|nove|dieci)"

DEADLINE = {
    "en": r"\bhurry|last chance|limited[- ]time|\bends? (soon|on|in)\b|ending soon|don'?t miss"
    r"|act (now|fast)|now or never|\bexpir(es?|ing)\b|count(ing)? ?down|too late|running out of time"
    r"|flash sale|\burgent|time is running|final (days?|call)|last (few )?days?\b|deadline"
    r"|(this|one) (weekend|week|month) only|only (this|until|till)\b|before it'?s (gone|over)"
    r"|closing soon|won'?t last\b|[⌛⏰⏱⏳]"
    rf"|\b(until|till) ((this|next) )?({_EN_DAY}|{_EN_MONTH}|(the )?\d)"
    rf"|\bend(s|ing) ((this|next|on)\b|(the )?\d|{_EN_DAY}|{_EN_MONTH})|short time\b",
    "es": r"ultima oportunidad|tiempo limitado|date prisa|apresurate|\bcorre\b"
    r"|(termina|acaba|finaliza) (pronto|el)\b|caduca|\bexpira|no te l[oa]s? pierdas|ahora o nunca"
    r"|ultimos? dias?\b|cuenta atras|\burgente|\bvence\b|antes de que (sea tarde|se acabe|termine)"
    r"|solo (esta semana|este mes|este fin de semana|hasta)\b"
    rf"|oferta relampago|hasta el {_ES_DAY}"
    rf"|(por|solo) (muy )?poco tiempo|(termina|acaba|finaliza) (est[ea] )?{_ES_DAY}",
    "it": r"ultima (occasione|possibilita|chance)|tempo limitato|affrettat|sbrigat|\bcorri\b"
    r"|(termina|finisce) (presto|il)\b|\bscad(e|ono|enza)\b|non (perder|lasciarti)|ora o mai"
    r"|ultim[oi] giorn[oi]|conto alla rovescia|\burgente|prima che (sia|finisca)"
    r"|solo (questa settimana|questo mese|fino a)\b"
    rf"|offerta lampo|sta per (finire|scadere)|fino a {_IT_DAY}"
    rf"|per poco tempo|solo per poco\b|(termina|finisce) (quest[oa] )?{_IT_DAY}",
    "zh": r"限时|最后机会|抓紧|赶快|赶紧|速来|快抢|抢购|秒杀|即将结束|马上结束|倒计时|最后\S{0,2}天"
    r"|手慢无|欲购从速|今日特价"
    r"|截止|错过|过期|失效|仅限本(周|月)"
    r"|时间有限|时间不多|(周|星期|礼拜)[一二三四五六日天]就?(结束|截止)|[日号]就?(结束|截止)",
}
HOURS = {
    "en": r"today only|only today|just today|tonight|until midnight"
    r"|(last|final|only|next) (few )?(\d+ )?(hours?|minutes?)|ends? (today|tonight|tomorrow)"
    r"|last minutes?|\bend(s|ing) at\b"
    r"|\b\d+ ?(h|hrs?|hours?|mins?|minutes?) (left|to go|remaining)",
    "es": r"solo (por )?hoy|hoy solamente|unicamente hoy|hasta (la )?medianoche|esta noche"
    r"|ultim[oa]s? (horas?|minutos?)|(termina|acaba|caduca|finaliza) (hoy|manana)"
    r"|\bhoy solo\b|(quedan?|faltan?) (solo )?\d+ ?(h|horas?|min|minutos?)\b",
    "it": r"solo (per )?oggi|oggi soltanto|stasera|stanotte|(fino a|entro) mezzanotte"
    r"|ultim[eoai] (or[ae]|minut[oi])|(termina|finisce|scade) (oggi|domani)"
    r"|\boggi solo\b|(rest|manc)(a|ano) (solo )?\d+ ?(h|or[ae]|min|minut[oi])\b",
    "zh": r"(仅限|只限|就在|限)(今天|今日|今晚)|今日限定|今晚|午夜|最后\S{0,2}(小时|分钟)"
    r"|(今天|今日|明天|明日)就?(结束|截止)|剩余?\S{0,4}(小时|分钟)",
}
STOCK = {
    "en": r"few left|(only|just) \d+ left|\blast (few )?(items?|pieces?|ones?|units?)\b"
    r"|while (stocks?|supplies) last|almost (gone|sold out)|selling (fast|out)|going fast"
    r"|limited (stock|quantit|availab)|low (in )?stock|nearly gone|high demand"
    r"|running out\b(?! of time)|last few\b(?! (days?|hours?|minutes?))",
    "es": r"ultimas (unidades|piezas)|pocas (unidades|piezas)|quedan (solo )?(poc[oa]s|\d+)"
    r"|agotar existencias|fin de existencias|se agotan?\b|casi agotad"
    r"|(unidades|existencias|stock|plazas) limitad|\bpocos (articulos|productos)",
    "it": r"ultimi (pezzi|articoli)|pochi pezzi|poch[ie] rimast|restano (solo )?\d+"
    r"|esaurimento scorte|esaurimento delle|quasi esaurit|(scorte|quantita|disponibilita) limitat"
    r"|\ba ruba\b|\bpochi (articoli|prodotti)",
    "zh": r"数量有限|售完即止|卖完即止|所剩无几|仅剩|只剩|库存(有限|紧张|不多)|最后\S{0,2}件"
    r"|限量(?!版)|即将售罄|抢完即止|(数量|存货)不多",
}
COUNT = {
    "en": rf"\b{_EN_NUMBER} ((items?|pieces?|units?|ones?|of them) )?left\b"
    rf"|\blast {_EN_NUMBER} (items?|pieces?|units?|ones?)\b",
    "es": rf"\bquedan? (solo )?{_ES_NUMBER}\b|\bultim[oa]s {_ES_NUMBER}\b",
    "it": rf"\brest(a|ano) (solo )?{_IT_NUMBER}\b|\bultim[ie] {_IT_NUMBER}\b"
    rf"|\b{_IT_NUMBER} (pezz[oi] )?rimast",
    "zh": r"(剩余?|最后)\s?[\d一二三四五六七八九十两]+\s?[件个份包瓶]",
}
"""How many are left, in numbers."""
