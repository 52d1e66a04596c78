//! What a writer was told, in other words than Galley's own: how long a text is to be, and what parts and which voice it is to have.

use std::collections::HashSet;

use super::{
    text::{Finding, Text},
    words::lower,
};
use crate::blockers::Blocker;

/// So many of a commission's words stand close together, beside a length.
const LEAST_SIGNS: usize = 5;
/// How a length is given, behind a number.
const COUNTED: [&str; 11] =
    [" words", "-word", " wörter", " mots", " palabras", " parole", " palavras", " woorden", " słów", "字", " كلمة"];
/// What a commission names: who reads, in which voice, in which parts.
const NAMED: [&str; 83] = [
    "audience:",
    "readers:",
    "voice:",
    "tone:",
    "style:",
    "structure:",
    "layout:",
    "format:",
    "headline",
    "intro",
    "subsection",
    "subheading",
    "wrap-up",
    "keyword",
    "primary phrase",
    "call to action",
    "sentences brief",
    "zielgruppe:",
    "leser:",
    "tonfall:",
    "ton:",
    "stil:",
    "aufbau:",
    "überschrift",
    "einleitung",
    "fazit",
    "stichwort",
    "public :",
    "ton :",
    "style :",
    "structure :",
    "chapô",
    "intertitre",
    "mot-clé",
    "lecteurs :",
    "público:",
    "tono:",
    "estilo:",
    "estructura:",
    "titular",
    "introducción",
    "subtítulo",
    "palabra clave",
    "pubblico:",
    "stile:",
    "struttura:",
    "titolo",
    "introduzione",
    "sottotitol",
    "parola chiave",
    "tom:",
    "estrutura:",
    "título",
    "introdução",
    "palavra-chave",
    "doelgroep:",
    "toon:",
    "stijl:",
    "opbouw:",
    "inleiding",
    "tussenkop",
    "zoekwoord",
    "odbiorcy:",
    "styl:",
    "struktura:",
    "nagłówek",
    "wstęp",
    "śródtytuł",
    "słowo kluczowe",
    "受众",
    "读者：",
    "语气",
    "结构：",
    "标题",
    "引言",
    "关键词",
    "読者：",
    "文体",
    "構成：",
    "見出し",
    "导语",
    "النبرة",
    "الجمهور",
];
/// Whoever writes of writing names all of it.
const ON_WRITING: [&str; 17] = [
    "writ", "article", "text", "brief", "outline", "content", "copy", "blog", "seo", "edit", "schreib", "rédac",
    "écri", "escrib", "scriv", "pisa", "写",
];

pub(super) fn leaked(text: &Text<'_>) -> Option<Finding> {
    let topic = lower(text.topic);
    if ON_WRITING.iter().any(|word| topic.contains(word)) {
        return None;
    }
    let blocks: Vec<(usize, String)> = text.prose().map(|(at, block)| (at, lower(&block.text))).collect();
    let near = blocks.windows(3.min(blocks.len().max(1)));
    near.filter(|near| near.iter().any(|(_, block)| gives_length(block))).find_map(|near| {
        let signs = near.iter().flat_map(|(_, block)| NAMED.iter().filter(move |sign| block.contains(**sign)));
        let (at, _) = near.iter().find(|(_, block)| gives_length(block))?;
        let quote = text.blocks.get(*at).map(|block| block.text.as_str()).unwrap_or_default();
        (signs.collect::<HashSet<_>>().len() >= LEAST_SIGNS).then(|| text.finding(Blocker::BriefLeaked, *at, quote))
    })
}

/// Whether a number of words is given.
fn gives_length(block: &str) -> bool {
    COUNTED.iter().any(|unit| {
        let mut before = block.match_indices(unit).filter_map(|(at, _)| block.get(..at));
        before.any(|before| before.ends_with(|c: char| c.is_numeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tried::{BEES, found};
    use super::*;

    #[test]
    fn what_a_writer_was_told_is_held_back_in_each_language() {
        for told in [
            "Aim for about 900 words. Audience: hobby keepers. Voice: warm. Layout: a headline, an intro, four subsections.",
            "Etwa 900 Wörter. Zielgruppe: Anfänger. Tonfall: freundlich. Aufbau: Überschrift, Einleitung, vier Teile, Fazit.",
            "Environ 900 mots. Lecteurs : débutants. Ton : amical. Structure : chapô, introduction, quatre parties, mot-clé au début.",
            "Unas 900 palabras. Público: principiantes. Tono: cercano. Estructura: titular, introducción, cuatro partes.",
            "Circa 900 parole. Pubblico: principianti. Stile: semplice. Struttura: titolo, introduzione, parola chiave all'inizio.",
            "Cerca de 900 palavras. Público: iniciantes. Tom: próximo. Estrutura: título, introdução, palavra-chave no início.",
            "Ongeveer 900 woorden. Doelgroep: beginners. Toon: vriendelijk. Opbouw: inleiding, vier delen met een tussenkop.",
            "Około 900 słów. Odbiorcy: początkujący. Styl: prosty. Struktura: nagłówek, wstęp, cztery części.",
            "约900字。受众：初学者。语气亲切。结构：标题、引言、四个部分，关键词放在开头。",
        ] {
            let text = format!("{}\n\n{told}\n\n{}", BEES[..5].join(" "), BEES[5..].join(" "));
            assert_eq!(found("en", "How a keeper looks after a hive of bees", &text), [Blocker::BriefLeaked], "{told}");
        }
    }

    #[test]
    fn a_form_a_length_or_a_text_about_writing_is_no_commission() {
        let rules = "The contest wants 900 words. Audience: keepers. Format: paper.";
        let fields =
            "Audience: keepers. Voice: warm. Layout: open. Structure: wood. Format: large. The headline is painted.";
        for text in [rules, fields] {
            let text = format!("{}\n\n{text}", BEES.join(" "));
            assert_eq!(found("en", "How a keeper looks after a hive of bees", &text), []);
        }
        let brief =
            "A brief has 900 words. Audience: hobby keepers. Voice: warm. Layout: a headline, an intro, subsections.";
        assert!(!found("en", "How to write a brief", brief).contains(&Blocker::BriefLeaked));
    }
}
