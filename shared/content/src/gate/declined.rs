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
/// How one regrets, what one did not find, and what one offers in its place: each language's own.
const SOFTLY: [(&str, &str, &str); 11] = [
    (
        "unfortunately|i regret|regrettably|i'm afraid",
        "information|details|reliable|specific",
        "here is a general|here's a general|general overview|general information|general guide",
    ),
    (
        "leider|bedauerlicherweise",
        "informationen|angaben",
        "hier ist ein allgemein|hier ist eine allgemein|allgemeiner überblick|allgemeinen überblick|allgemeine informationen",
    ),
    (
        "malheureusement|je regrette",
        "informations|renseignements",
        "aperçu général|présentation générale|informations générales|voici un aperçu",
    ),
    (
        "lamentablemente|desafortunadamente|por desgracia",
        "información|datos",
        "visión general|resumen general|información general|descripción general",
    ),
    ("purtroppo|mi dispiace", "informazioni|dati", "panoramica generale|informazioni generali|quadro generale"),
    ("infelizmente|lamentavelmente", "informações|dados", "visão geral|informações gerais|resumo geral"),
    ("helaas|het spijt me", "informatie|gegevens", "algemeen overzicht|algemene informatie|algemene inleiding"),
    ("niestety|przykro mi", "informacji|danych", "ogólny przegląd|ogólne informacje|ogólny opis"),
    ("很遗憾|遗憾的是|抱歉", "信息|资料", "一般性|概述|总体介绍|一般的介绍"),
    ("残念ながら|申し訳", "情報|資料", "一般的な"),
    ("للأسف|لسوء الحظ", "معلومات|بيانات", "نظرة عامة|معلومات عامة|لمحة عامة"),
];

pub(super) fn found(text: &Text<'_>) -> Option<Finding> {
    let first = text.sentences.get(..FIRST.min(text.sentences.len()))?;
    for (nth, sentence) in first.iter().enumerate() {
        if text.blocks.get(sentence.at).is_some_and(|block| block.is_quoted) {
            continue;
        }
        let next = text.sentences.get(nth + 1).map(|next| next.lower.as_str()).unwrap_or_default();
        let said = format!("{} {next}", sentence.lower);
        let declines = DECLINES.iter().any(|phrase| sentence.lower.starts_with(phrase));
        let softly = SOFTLY.iter().any(|(regrets, lacks, offers)| {
            regrets.split('|').any(|word| sentence.lower.starts_with(word))
                && lacks.split('|').any(|word| sentence.lower.contains(word))
                && offers.split('|').any(|word| said.contains(word))
        });
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
}
