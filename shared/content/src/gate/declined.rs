//! A refusal in soft words: a writer that declines, or regrets that it found nothing and offers something general.

use super::text::{Finding, Text};
use crate::blockers::Blocker;

/// A refusal stands at the beginning.
const FIRST: usize = 4;
/// How one declines, at the beginning of a sentence.
const DECLINES: [&str; 16] = [
    "i must decline to",
    "i must respectfully decline",
    "i have to decline to",
    "i need to decline",
    "ich muss es ablehnen",
    "ich muss diese anfrage ablehnen",
    "je dois refuser d",
    "debo negarme a",
    "debo rechazar esta",
    "devo rifiutar",
    "devo recusar",
    "ik moet weigeren",
    "muszę odmówić",
    "我必须拒绝",
    "お断りしなければ",
    "يجب أن أرفض",
];
/// How one regrets in a language, what says in that sentence that the writer did not find or cannot tell something, a word of each
/// row, and what is offered in its place.
struct Softly {
    regrets: &'static str,
    missed: &'static [&'static str],
    offers: &'static str,
}

/// A regret alone opens many an article: "Unfortunately, reliable information is rare. Here is a general overview."
const SOFTLY: [Softly; 11] = [
    Softly {
        regrets: "unfortunately|i regret|regrettably|i'm afraid",
        missed: &[
            "information|details|reliable|specific",
            "i could not|i couldn't|i did not find|i didn't find|i found no|i was unable|i am unable|i'm unable|i was not able|\
                i wasn't able|i am not able|i'm not able|i have no|i do not have|i don't have|i cannot|i can't|we could not find|\
                we couldn't find|we found no",
        ],
        offers: "here is a general|here's a general|general overview|general information|general guide",
    },
    Softly {
        regrets: "leider|bedauerlicherweise",
        missed: &[
            "informationen|angaben",
            " ich | mir | wir | uns ",
            " kein| nicht",
            "gefunden|finden|habe|liegen|verfüge|geben|machen",
        ],
        offers: "hier ist ein allgemein|hier ist eine allgemein|allgemeiner überblick|allgemeinen überblick|allgemeine informationen",
    },
    Softly {
        regrets: "malheureusement|je regrette",
        missed: &[
            "information|renseignement",
            "je n'ai|je n'avais|je ne dispose|je ne trouve|je ne peux|je ne suis pas en mesure|nous n'avons",
            " pas |aucun",
        ],
        offers: "aperçu général|présentation générale|informations générales|voici un aperçu",
    },
    Softly {
        regrets: "lamentablemente|desafortunadamente|por desgracia",
        missed: &[
            "información|datos",
            "no encontré|no he encontrado|no pude|no he podido|no puedo|no tengo|no dispongo|no hemos encontrado|no encontramos",
        ],
        offers: "visión general|resumen general|información general|descripción general",
    },
    Softly {
        regrets: "purtroppo|mi dispiace",
        missed: &[
            "informazioni|dati",
            "non ho |non sono riuscit|non riesco|non dispongo|non posso|non abbiamo trovato",
        ],
        offers: "panoramica generale|informazioni generali|quadro generale",
    },
    Softly {
        regrets: "infelizmente|lamentavelmente",
        missed: &[
            "informaç|dados",
            "não encontrei|não consegui|não consigo|não tenho|não disponho|não posso|não pude|não encontramos",
        ],
        offers: "visão geral|informações gerais|resumo geral",
    },
    Softly {
        regrets: "helaas|het spijt me",
        missed: &[
            "informatie|gegevens",
            " ik | mij | wij | we ",
            " geen | niet",
            " vond|gevonden|vinden| heb |beschik|geven",
        ],
        offers: "algemeen overzicht|algemene informatie|algemene inleiding",
    },
    Softly {
        regrets: "niestety|przykro mi",
        missed: &[
            "informacji|danych",
            "nie znalazłem|nie znalazłam|nie udało mi się|nie udało się znaleźć|nie mam |nie mogłem|nie mogłam|nie mogę|nie posiadam|\
                nie znaleźliśmy",
        ],
        offers: "ogólny przegląd|ogólne informacje|ogólny opis",
    },
    Softly {
        regrets: "很遗憾|遗憾的是|抱歉",
        missed: &[
            "信息|资料",
            "我没|我未|我找不到|我无法|我不能|我们没|我们未|我们找不到|，没有找到|，没能找到|，未找到|，未能找到|抱歉没|抱歉未",
        ],
        offers: "一般性|概述|总体介绍|一般的介绍",
    },
    Softly {
        regrets: "残念ながら|申し訳",
        missed: &[
            "情報|資料",
            "見つかりませんでした|見つけられませんでした|見つけることができませんでした|得られませんでした|確認できませんでした|\
                持ち合わせて|お答えできません|提供できません|見つからなかったので|見つからなかったため",
        ],
        offers: "一般的な",
    },
    Softly {
        regrets: "للأسف|لسوء الحظ",
        missed: &[
            "معلومات|بيانات",
            "لم أجد|لم أعثر|لم أتمكن|لا أملك|ليس لدي|ليست لدي|لا تتوفر لدي|لا يمكنني|لا أستطيع|لم نجد|لم نعثر",
        ],
        offers: "نظرة عامة|معلومات عامة|لمحة عامة",
    },
];

impl Softly {
    /// Whether a sentence regrets, and it or the next offers something general.
    fn is_said(&self, sentence: &str, next: &str) -> bool {
        let has = |said: &str, words: &str| words.split('|').any(|word| said.contains(word));
        self.regrets.split('|').any(|word| sentence.starts_with(word))
            && self.missed.iter().all(|words| has(sentence, words))
            && (has(sentence, self.offers) || has(next, self.offers))
    }
}

pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    let first = text.sentences.get(..FIRST.min(text.sentences.len()))?;
    for (nth, sentence) in first.iter().enumerate() {
        if text.blocks.get(sentence.at).is_some_and(|block| block.is_quoted) {
            continue;
        }
        let next = text.sentences.get(nth + 1).map(|next| next.lower.as_str()).unwrap_or_default();
        let declines = DECLINES.iter().any(|phrase| sentence.lower.starts_with(phrase));
        let softly = SOFTLY.iter().any(|softly| softly.is_said(&sentence.lower, next));
        if declines || softly {
            return Some(text.finding(Blocker::Refusal, sentence.at, sentence.text));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tried::{BEES, found};
    use super::*;

    #[test]
    fn a_soft_refusal_is_one_in_each_language() {
        for (language, said) in [
            ("en", "I must decline to write about this."),
            ("en", "Unfortunately, I could not find specific information on it, but here is a general overview."),
            ("de", "Leider habe ich dazu keine Informationen gefunden, aber hier ist ein allgemeiner Überblick."),
            ("fr", "Malheureusement, je n'ai pas trouvé d'informations. Voici un aperçu de la question."),
            ("es", "Lamentablemente no encontré información, pero aquí va una visión general."),
            ("it", "Purtroppo non ho trovato informazioni, ma ecco una panoramica generale."),
            ("pt", "Infelizmente não encontrei informações, mas segue uma visão geral."),
            ("nl", "Helaas vond ik geen informatie, maar hier volgt een algemeen overzicht."),
            ("pl", "Niestety nie znalazłem informacji, ale oto ogólny przegląd."),
            ("zh", "很遗憾，我没有找到相关资料，下面是一般性的介绍。"),
            ("ja", "残念ながら情報が見つかりませんでしたが、一般的な説明をします。"),
            ("ar", "للأسف لم أجد معلومات عن ذلك، وهذه نظرة عامة."),
        ] {
            assert!(found(language, "Bees", &format!("{said}\n\nMore.")).contains(&Blocker::Refusal), "{said}");
        }
    }

    #[test]
    fn whoever_regrets_or_declines_something_else_is_let_through() {
        for said in [
            "Unfortunately I could not find a hive that I liked, so I built one.",
            "Unfortunately, reliable information on mites was scarce in those years.",
            "I decline to open a hive in the rain.",
            "> I must decline to write about this.",
        ] {
            let text = format!("{said}\n\n{}", BEES.join(" "));
            assert_eq!(found("en", "How a keeper looks after a hive of bees", &text), [], "{said}");
        }
        let late = format!("{} I must decline to sell it.", BEES.join(" "));
        assert_eq!(found("en", "How a keeper looks after a hive of bees", &late), []);
    }

    #[test]
    fn an_article_that_begins_with_a_regret_is_let_through_in_each_language() {
        for (language, said) in [
            (
                "en",
                "Unfortunately, reliable information on mortgages is scattered. This article gives a general overview of your options.",
            ),
            ("en", "Unfortunately, most buyers could not find specific information. Here is a general guide."),
            ("de", "Leider sind die Informationen widersprüchlich. Hier ein allgemeiner Überblick."),
            ("de", "Leider habe ich viele falsche Informationen gefunden. Hier ist ein allgemeiner Überblick."),
            ("fr", "Malheureusement, les informations sont dispersées. Voici un aperçu des règles."),
            ("es", "Por desgracia, la información está dispersa. Este artículo ofrece una visión general."),
            ("it", "Purtroppo le informazioni sono sparse. Ecco una panoramica generale."),
            ("pt", "Infelizmente, as informações são contraditórias. Segue uma visão geral."),
            ("nl", "Helaas is de informatie verspreid. Hier volgt een algemeen overzicht."),
            ("pl", "Niestety wiele informacji jest sprzecznych. Oto ogólny przegląd."),
            ("zh", "很遗憾，很多人找不到可靠的信息。下面概述几种选择。"),
            ("ja", "残念ながら、ネット上の情報には誤りが多い。一般的な誤解を見ていこう。"),
            ("ja", "残念ながら、確かな情報はなかなか見つかりません。一般的な選び方を紹介します。"),
            ("ar", "للأسف، المعلومات متناقضة. هذه نظرة عامة على الخيارات."),
        ] {
            assert!(!found(language, "Bees", &format!("{said}\n\nMore.")).contains(&Blocker::Refusal), "{said}");
        }
    }

    #[test]
    fn a_writer_that_could_not_is_found_in_other_words_too() {
        for (language, said) in [
            ("en", "I'm afraid I don't have reliable details on this. Here's a general guide."),
            ("en", "Unfortunately, I was unable to find specific data. What follows is a general overview."),
            ("de", "Leider liegen mir keine Informationen dazu vor. Hier ist ein allgemeiner Überblick."),
            ("fr", "Malheureusement, je ne dispose d'aucune information à ce sujet. Voici un aperçu général."),
            ("nl", "Helaas heb ik geen gegevens kunnen vinden. Hier volgt algemene informatie."),
            ("zh", "抱歉，未能找到相关信息。以下是概述。"),
        ] {
            assert!(found(language, "Bees", &format!("{said}\n\nMore.")).contains(&Blocker::Refusal), "{said}");
        }
    }
}
