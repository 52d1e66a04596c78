//! Prose that says little, and says it in ever other words: texts for tests and for made-up providers, which the gate has no reason
//! to hold back. The same numbers always give the same text.

const BEGINNINGS: [&str; 19] = [
    "Most teams",
    "Every careful reader",
    "A small company",
    "The first draft",
    "Nobody in the office",
    "Our oldest customers",
    "A patient engineer",
    "Many local papers",
    "Each new colleague",
    "The quiet majority",
    "Some large schools",
    "An honest report",
    "Two neighbours",
    "The whole library",
    "Any good kitchen",
    "Their second attempt",
    "A public service",
    "Half of the village",
    "Few managers",
];
const MIDDLES: [&str; 17] = [
    "notice early on",
    "will admit",
    "learns by trying",
    "can show",
    "would rather explain",
    "discovers in spring",
    "writes down",
    "has to prove",
    "remembers well",
    "asks politely",
    "measures again",
    "often forgets",
    "puts on paper",
    "repeats at lunch",
    "keeps in mind",
    "tells visitors",
    "finds out later",
];
const ENDS: [&str; 23] = [
    "that patience pays off.",
    "what a delay costs.",
    "why the numbers differ.",
    "how simple rules survive.",
    "which habit came first.",
    "that silence means trouble.",
    "where the money went.",
    "how long repairs take.",
    "who carries the keys.",
    "that maps grow old.",
    "what strangers expect.",
    "why bridges need paint.",
    "how bread gets cheaper.",
    "that winter changes plans.",
    "when to stop asking.",
    "what a name promises.",
    "how trains stay punctual.",
    "that gardens want shade.",
    "why letters get lost.",
    "which doors stay open.",
    "how music fills rooms.",
    "that tools wear out.",
    "what children see first.",
];

/// The parts of the sentences of a language, of numbers without a common factor.
struct Parts {
    beginnings: [&'static str; 13],
    middles: [&'static str; 11],
    ends: [&'static str; 17],
    /// Between a word of the topic and the sentence.
    lead: (&'static str, &'static str),
    blank: &'static str,
}

const GERMAN: Parts = Parts {
    beginnings: [
        "viele Betriebe",
        "sorgfältige Leser",
        "kleine Firmen",
        "unsere ältesten Kunden",
        "geduldige Ingenieure",
        "manche Zeitungen",
        "neue Kollegen",
        "größere Schulen",
        "ehrliche Prüfer",
        "zwei Nachbarn",
        "gute Köche",
        "alle Bibliotheken",
        "wenige Leiter",
    ],
    middles: [
        "merken schon früh,",
        "geben gerne zu,",
        "lernen beim Versuch,",
        "können gut zeigen,",
        "erklären lieber ruhig,",
        "entdecken im Frühling,",
        "schreiben sich auf,",
        "müssen erst beweisen,",
        "messen immer wieder,",
        "vergessen leider oft,",
        "erzählen den Besuchern,",
    ],
    ends: [
        "dass sich Geduld auszahlt.",
        "was eine Verspätung kostet.",
        "warum die Zahlen abweichen.",
        "wie einfache Regeln überleben.",
        "welche Gewohnheit zuerst kam.",
        "dass Schweigen Ärger bedeutet.",
        "wohin das Geld verschwand.",
        "wie lange Reparaturen dauern.",
        "wer die Schlüssel trägt.",
        "dass Landkarten schnell altern.",
        "was Fremde hier erwarten.",
        "warum Brücken Farbe brauchen.",
        "wie das Brot billiger wird.",
        "dass der Winter Pläne ändert.",
        "wann man besser aufhört.",
        "wie Züge pünktlich bleiben.",
        "weshalb Briefe verloren gehen.",
    ],
    lead: ("Zum Thema", ": "),
    blank: " ",
};

const CHINESE: Parts = Parts {
    beginnings: [
        "许多团队",
        "细心的读者",
        "小型公司",
        "我们的老客户",
        "有耐心的工程师",
        "几家地方报纸",
        "新来的同事",
        "规模较大的学校",
        "诚实的审计员",
        "隔壁的两位邻居",
        "优秀的厨师",
        "城里的图书馆",
        "少数几位经理",
    ],
    middles: [
        "很早就注意到，",
        "大方地承认，",
        "在尝试中学会了，",
        "能够清楚地说明，",
        "更愿意慢慢解释，",
        "到春天才发现，",
        "认真地写下了，",
        "必须先证明，",
        "一次又一次地测量，",
        "经常会忘记，",
        "总是告诉来访者，",
    ],
    ends: [
        "耐心终究会有回报。",
        "拖延到底要付出多少代价。",
        "数字之间为什么会有差别。",
        "简单的规则怎样保留下来。",
        "哪一种习惯最先出现。",
        "沉默往往意味着麻烦。",
        "那笔钱最后花在了哪里。",
        "修理一次需要多长时间。",
        "钥匙由谁随身带着。",
        "地图总有过时的一天。",
        "陌生人在这里期待什么。",
        "桥梁为何需要重新上漆。",
        "面包怎么才能便宜一些。",
        "冬天常常会改变计划。",
        "什么时候应该停止提问。",
        "火车怎样才能保持准点。",
        "信件为什么会在路上丢失。",
    ],
    lead: ("说到", "，"),
    blank: "",
};

const ARABIC: Parts = Parts {
    beginnings: [
        "معظم الفرق",
        "القراء المتأنون",
        "الشركات الصغيرة",
        "أقدم عملائنا",
        "المهندسون الصبورون",
        "بعض الصحف المحلية",
        "الزملاء الجدد",
        "المدارس الكبيرة",
        "المراجعون الأمناء",
        "سكان الحي القديم",
        "الطهاة الماهرون",
        "أمناء المكتبات",
        "قلة من المديرين",
    ],
    middles: [
        "يلاحظون منذ البداية",
        "يعترفون بصراحة",
        "يتعلمون بالتجربة",
        "يشرحون بكل هدوء",
        "يكتشفون في الربيع",
        "يكتبون في دفاترهم",
        "يثبتون بالأرقام",
        "يقيسون مرة أخرى",
        "ينسون في الغالب",
        "يخبرون الزوار",
        "يسألون بأدب",
    ],
    ends: [
        "أن الصبر يؤتي ثماره.",
        "كم يكلف التأخير.",
        "لماذا تختلف الأرقام.",
        "كيف تبقى القواعد البسيطة.",
        "أي عادة جاءت أولا.",
        "أن الصمت يعني المتاعب.",
        "أين ذهبت الأموال.",
        "كم تستغرق الإصلاحات.",
        "من يحمل المفاتيح.",
        "أن الخرائط تشيخ.",
        "ماذا يتوقع الغرباء.",
        "لماذا تحتاج الجسور إلى الطلاء.",
        "كيف يصبح الخبز أرخص.",
        "أن الشتاء يغير الخطط.",
        "متى ينبغي التوقف عن السؤال.",
        "كيف تحافظ القطارات على مواعيدها.",
        "لماذا تضيع الرسائل في الطريق.",
    ],
    lead: ("وفيما يخص", "، فإن "),
    blank: " ",
};

/// As `about`, in a language: German, Chinese or Arabic, else English. In Chinese each character is a word.
pub fn about_in(language: &str, topic: &str, words: usize, from: usize) -> String {
    let parts = match language.split('-').next().unwrap_or_default() {
        "de" => &GERMAN,
        "zh" => &CHINESE,
        "ar" => &ARABIC,
        _ => return about(topic, words, from),
    };
    let one = |list: &[&'static str], nth: usize| list.get(nth % list.len()).copied().unwrap_or_default();
    let (mut text, mut written) = (String::new(), 0);
    for nth in 0.. {
        if written >= words {
            break;
        }
        let at = from * 61 + nth;
        let blank = parts.blank;
        let (begin, middle, end) =
            (one(&parts.beginnings, at), one(&parts.middles, at * 3 + at / 13), one(&parts.ends, at * 7 + at / 11));
        let sentence = format!("{begin}{blank}{middle}{blank}{end}");
        let sentence = if nth % 5 == 0 {
            let (before, after) = parts.lead;
            format!("{before}{blank}{topic}{after}{sentence}")
        } else {
            let mut chars = sentence.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
        };
        text.push_str(match nth {
            0 => "",
            nth if nth % 5 == 0 => "\n\n",
            _ => blank,
        });
        text.push_str(&sentence);
        written += if blank.is_empty() { sentence.chars().count() - 2 } else { sentence.split(' ').count() };
    }
    text
}

/// At least `words` words about `topic`, in paragraphs of five sentences, of which the first says some of its words. `from` tells parts
/// of one text apart.
pub fn about(topic: &str, words: usize, from: usize) -> String {
    let said: Vec<&str> = topic.split_whitespace().filter(|word| word.chars().count() > 3).collect();
    let said = if said.is_empty() { vec![topic] } else { said };
    let one = |list: &[&'static str], nth: usize| list.get(nth % list.len()).copied().unwrap_or_default();
    let (mut text, mut written) = (String::new(), 0);
    for nth in 0.. {
        if written >= words {
            break;
        }
        let at = from * 61 + nth;
        let begin = one(&BEGINNINGS, at);
        let middle = one(&MIDDLES, at * 3 + at / BEGINNINGS.len());
        let end = one(&ENDS, at * 7 + at / MIDDLES.len());
        let mut sentence = format!("{begin} {middle} {end}");
        if nth % 5 == 0 {
            let word =
                |offset: usize| said.get((nth / 5 * 2 + from + offset) % said.len()).copied().unwrap_or_default();
            let lead = one(&["As for", "With", "On", "Beside"], nth / 5 + from);
            let rest = sentence.split_off(1);
            sentence = format!("{lead} {} and {}, {}{rest}", word(0), word(1), sentence.to_lowercase());
        }
        let separator = match nth {
            0 => "",
            nth if nth % 5 == 0 => "\n\n",
            _ => " ",
        };
        text.push_str(separator);
        text.push_str(&sentence);
        written += sentence.split(' ').count();
    }
    text
}
