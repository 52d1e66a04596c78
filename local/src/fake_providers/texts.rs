//! Texts that are made from a brief: of its type, its length and its language.

#[path = "../../../shared/testkit/src/prose.rs"]
#[allow(unreachable_pub, reason = "the test kit shows the same file")]
mod prose;

use serde_json::Value;

/// What is said in a language beside the prose. `{}` is the topic, `[` and `]` stand around what is linked.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) headings: [&'static str; 5],
    pub(super) description: &'static str,
    pub(super) excerpt: &'static str,
    poor: &'static str,
    opening: &'static str,
    linked: [&'static str; 5],
    points: [&'static str; 2],
    post: &'static str,
    letter: [&'static str; 4],
}

const ENGLISH: Words = Words {
    headings: ["Why it matters", "How it works", "What it costs", "What goes wrong", "What to do next"],
    description: "What {} means, how it works, and when to use it.",
    excerpt: "{}, explained from the beginning, with what it costs and what to avoid.",
    poor: "There is much to say about {}, and it is said here in a hurry.",
    opening: "{} is worth a few minutes of your time.",
    linked: [
        " As [others have seen], it pays.",
        " As [others have seen], it takes a while.",
        " As [others have seen], few regret it.",
        " As [others have seen], it can be measured.",
        " As [others have seen], it begins with a list.",
    ],
    points: ["Small", "Quick"],
    post: " Tell us what you think. #today",
    letter: ["Dear reader,", "{} is here.", "**Read it today.**", "With kind regards,\n\nThe team"],
};

const GERMAN: Words = Words {
    headings: ["Warum es zählt", "Wie es geht", "Was es kostet", "Was schiefgeht", "Was jetzt zu tun ist"],
    description: "Was hinter dem Thema steckt, wie es geht und wann es sich lohnt: {}.",
    excerpt: "{}, von Anfang an erklärt, mit den Kosten und den Fehlern.",
    poor: "Zum Thema {} gibt es viel zu sagen, und hier steht es in aller Eile.",
    opening: "{}: Dafür lohnen sich ein paar Minuten.",
    linked: [
        " Dass es sich lohnt, [haben andere gesehen].",
        " Das dauert eine Weile, wie [ein Bericht zeigt].",
        " Wenige bereuen es, [sagt eine Umfrage].",
        " Man kann es messen, und [so geht das].",
        " Es beginnt mit einer Liste, [steht in einem Leitfaden].",
    ],
    points: ["Klein", "Schnell"],
    post: " Was meinen Sie dazu? #heute",
    letter: [
        "Liebe Leserinnen und Leser,",
        "{} ist da.",
        "**Lesen Sie es heute.**",
        "Mit freundlichen Grüßen\n\nDas Team",
    ],
};

const CHINESE: Words = Words {
    headings: ["为什么重要", "原理是什么", "需要多少成本", "哪里会出错", "接下来做什么"],
    description: "{}：它是什么，怎样运作，什么时候使用。",
    excerpt: "{}，从头讲起，包括成本和要避免的错误。",
    poor: "关于{}有很多可说的，这里只是匆忙地写了几句。",
    opening: "{}，值得您花几分钟了解。",
    linked: [
        "它确实值得，[别人已经看到了]。",
        "这需要一些时间，[一份报告这样写道]。",
        "很少有人后悔，[调查结果是这样说的]。",
        "效果可以测量，[方法在这里]。",
        "一切从清单开始，[指南里有说明]。",
    ],
    points: ["小巧", "快速"],
    post: "您怎么看？#今天",
    letter: ["亲爱的读者：", "{}来了。", "**请今天就读。**", "此致敬礼\n\n编辑团队"],
};

const ARABIC: Words = Words {
    headings: ["لماذا يهمنا", "كيف يعمل", "كم يكلف", "ما الذي قد يفشل", "ما الخطوة التالية"],
    description: "{}: ما معناه وكيف يعمل ومتى نستخدمه.",
    excerpt: "{}، شرح من البداية مع التكاليف والأخطاء.",
    poor: "هناك الكثير مما يقال عن {}، وهنا القليل منه على عجل.",
    opening: "{}: موضوع يستحق بضع دقائق من وقتك.",
    linked: [
        " الأمر يستحق العناء كما [لاحظ آخرون].",
        " يحتاج ذلك إلى بعض الوقت كما [ورد في تقرير].",
        " قليلون يندمون عليه كما [تقول دراسة].",
        " يمكن قياس النتيجة [بهذه الطريقة].",
        " تبدأ الخطوة الأولى بقائمة [يشرحها دليل].",
    ],
    points: ["صغير", "سريع"],
    post: " ما رأيك أنت؟ #اليوم",
    letter: ["أعزاءنا القراء،", "{} بين أيديكم.", "**اقرؤوه اليوم.**", "مع أطيب التحيات\n\nالفريق"],
};

impl Words {
    pub(super) fn of(brief: &Value) -> Self {
        match language(brief).split('-').next().unwrap_or_default() {
            "de" => GERMAN,
            "zh" => CHINESE,
            "ar" => ARABIC,
            _ => ENGLISH,
        }
    }
}

/// The tag in `German (de)`.
fn language(brief: &Value) -> &str {
    let named = brief.get("language").and_then(Value::as_str).unwrap_or("en");
    named.rsplit_once('(').map_or(named, |(_, tag)| tag.trim_end_matches(')'))
}

pub(super) fn topic(brief: &Value) -> &str {
    brief.get("topic").and_then(Value::as_str).unwrap_or("the topic")
}

/// A text of the kind that the brief asks for; a poor one is short and has no parts.
pub(super) fn of(brief: &Value, poor: bool) -> String {
    let (topic, words) = (topic(brief), Words::of(brief));
    if poor {
        return format!("# {topic}\n\n{}\n", words.poor.replace("{}", topic));
    }
    match brief.get("kind").and_then(Value::as_str).unwrap_or_default() {
        "social_media" => thread(topic, brief, &words),
        "email" => letter(topic, brief, &words),
        _ => article(topic, brief, &words),
    }
}

fn wanted(brief: &Value) -> usize {
    brief.get("words").and_then(Value::as_u64).and_then(|words| usize::try_from(words).ok()).unwrap_or(500)
}

fn link(brief: &Value, words: &Words, nth: usize) -> String {
    let sources = brief.get("sources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let source = sources.get(nth % sources.len().max(1)).and_then(|source| source.get("url")).and_then(Value::as_str);
    let linked = words.linked.get(nth % words.linked.len()).copied().unwrap_or_default();
    source.map_or_else(String::new, |url| linked.replace(']', &format!("]({url})")))
}

fn article(topic: &str, brief: &Value, words: &Words) -> String {
    let (each, language) = (wanted(brief) / words.headings.len(), language(brief));
    let mut text = format!("# {topic}\n\n{}\n", words.opening.replace("{}", topic));
    let [one, other] = words.points;
    for (nth, heading) in words.headings.iter().enumerate() {
        let first = prose::about_in(language, topic, each / 2, nth);
        let second = prose::about_in(language, topic, each / 2, nth + 10);
        let link = link(brief, words, nth);
        text.push_str(&format!("\n## {heading}: {topic}\n\n{first}{link}\n\n{second}\n\n- {one}\n- {other}\n"));
    }
    text
}

fn thread(topic: &str, brief: &Value, words: &Words) -> String {
    let posts = (wanted(brief) / 25).clamp(3, 10);
    let mut text = format!("# {topic}\n\n");
    for nth in 0..posts {
        let end = if nth + 1 == posts { words.post } else { "" };
        text.push_str(&format!("{}. {}{end}\n", nth + 1, prose::about_in(language(brief), topic, 20, nth)));
    }
    text
}

fn letter(topic: &str, brief: &Value, words: &Words) -> String {
    let each = wanted(brief) / 3;
    let body: Vec<String> = (0..3).map(|nth| prose::about_in(language(brief), topic, each, nth)).collect();
    let [greeting, opening, ask, end] = words.letter.map(|line| line.replace("{}", topic));
    format!("# {topic}\n\n{greeting}\n\n{opening}\n\n{}\n\n{ask}\n\n{end}\n", body.join("\n\n"))
}
