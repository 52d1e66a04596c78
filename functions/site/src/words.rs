//! What the theme says around a text, in the languages that it knows; English elsewhere.

use galley_domain::content::language::Language;
use jiff::{Timestamp, tz::TimeZone};

/// The theme's words in one language. `#` stands for a number.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) tag: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) skip: &'static str,
    pub(crate) older: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) tags: &'static str,
    pub(crate) categories: &'static str,
    pub(crate) by: &'static str,
    pub(crate) updated: &'static str,
    minutes: &'static str,
    pub(crate) photograph: &'static str,
    pub(crate) sources: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) to_index: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) missing_why: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) gone_why: &'static str,
}

impl Words {
    pub(crate) fn of(language: Language) -> &'static Self {
        ALL.iter().find(|words| words.tag == language.primary()).unwrap_or(&ENGLISH)
    }

    pub(crate) fn minutes(&self, minutes: u32) -> String {
        self.minutes.replace('#', &minutes.to_string())
    }
}

/// A day as every language reads it, by the clock of Greenwich.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

const ENGLISH: Words = Words {
    tag: "en",
    direction: "ltr",
    skip: "Skip to the text",
    older: "Older articles",
    pages: "Pages",
    tags: "Tags",
    categories: "Categories",
    by: "By",
    updated: "updated",
    minutes: "# min read",
    photograph: "Photograph",
    sources: "Sources",
    nothing: "Nothing has been published here yet.",
    to_index: "All articles",
    missing: "Page not found",
    missing_why: "There is no page at this address.",
    gone: "Article withdrawn",
    gone_why: "This article has been taken down.",
};

const ALL: [Words; 11] = [
    ENGLISH,
    Words {
        tag: "de",
        direction: "ltr",
        skip: "Zum Text",
        older: "Ältere Artikel",
        pages: "Seiten",
        tags: "Schlagwörter",
        categories: "Rubriken",
        by: "Von",
        updated: "geändert",
        minutes: "# Min. Lesezeit",
        photograph: "Foto",
        sources: "Quellen",
        nothing: "Hier ist noch nichts erschienen.",
        to_index: "Alle Artikel",
        missing: "Seite nicht gefunden",
        missing_why: "Unter dieser Adresse gibt es keine Seite.",
        gone: "Artikel zurückgezogen",
        gone_why: "Dieser Artikel wurde zurückgezogen.",
    },
    Words {
        tag: "fr",
        direction: "ltr",
        skip: "Aller au texte",
        older: "Articles plus anciens",
        pages: "Pages",
        tags: "Mots-clés",
        categories: "Rubriques",
        by: "Par",
        updated: "mis à jour le",
        minutes: "# min de lecture",
        photograph: "Photographie",
        sources: "Sources",
        nothing: "Rien n’a encore été publié ici.",
        to_index: "Tous les articles",
        missing: "Page introuvable",
        missing_why: "Il n’y a pas de page à cette adresse.",
        gone: "Article retiré",
        gone_why: "Cet article a été retiré.",
    },
    Words {
        tag: "es",
        direction: "ltr",
        skip: "Ir al texto",
        older: "Artículos anteriores",
        pages: "Páginas",
        tags: "Etiquetas",
        categories: "Categorías",
        by: "Por",
        updated: "actualizado",
        minutes: "# min de lectura",
        photograph: "Fotografía",
        sources: "Fuentes",
        nothing: "Todavía no se ha publicado nada aquí.",
        to_index: "Todos los artículos",
        missing: "Página no encontrada",
        missing_why: "No hay ninguna página en esta dirección.",
        gone: "Artículo retirado",
        gone_why: "Este artículo ha sido retirado.",
    },
    Words {
        tag: "it",
        direction: "ltr",
        skip: "Vai al testo",
        older: "Articoli precedenti",
        pages: "Pagine",
        tags: "Tag",
        categories: "Categorie",
        by: "Di",
        updated: "aggiornato",
        minutes: "# min di lettura",
        photograph: "Fotografia",
        sources: "Fonti",
        nothing: "Qui non è ancora stato pubblicato nulla.",
        to_index: "Tutti gli articoli",
        missing: "Pagina non trovata",
        missing_why: "A questo indirizzo non c’è nessuna pagina.",
        gone: "Articolo ritirato",
        gone_why: "Questo articolo è stato ritirato.",
    },
    Words {
        tag: "pt",
        direction: "ltr",
        skip: "Ir para o texto",
        older: "Artigos anteriores",
        pages: "Páginas",
        tags: "Etiquetas",
        categories: "Categorias",
        by: "Por",
        updated: "atualizado",
        minutes: "# min de leitura",
        photograph: "Fotografia",
        sources: "Fontes",
        nothing: "Ainda não foi publicado nada aqui.",
        to_index: "Todos os artigos",
        missing: "Página não encontrada",
        missing_why: "Não há nenhuma página neste endereço.",
        gone: "Artigo retirado",
        gone_why: "Este artigo foi retirado.",
    },
    Words {
        tag: "nl",
        direction: "ltr",
        skip: "Naar de tekst",
        older: "Oudere artikelen",
        pages: "Pagina’s",
        tags: "Trefwoorden",
        categories: "Rubrieken",
        by: "Door",
        updated: "bijgewerkt",
        minutes: "# min. lezen",
        photograph: "Foto",
        sources: "Bronnen",
        nothing: "Hier is nog niets verschenen.",
        to_index: "Alle artikelen",
        missing: "Pagina niet gevonden",
        missing_why: "Op dit adres staat geen pagina.",
        gone: "Artikel ingetrokken",
        gone_why: "Dit artikel is ingetrokken.",
    },
    Words {
        tag: "pl",
        direction: "ltr",
        skip: "Przejdź do tekstu",
        older: "Starsze artykuły",
        pages: "Strony",
        tags: "Tagi",
        categories: "Kategorie",
        by: "Autor:",
        updated: "zmieniono",
        minutes: "# min czytania",
        photograph: "Zdjęcie",
        sources: "Źródła",
        nothing: "Nic tu jeszcze nie opublikowano.",
        to_index: "Wszystkie artykuły",
        missing: "Nie znaleziono strony",
        missing_why: "Pod tym adresem nie ma strony.",
        gone: "Artykuł wycofany",
        gone_why: "Ten artykuł został wycofany.",
    },
    Words {
        tag: "ar",
        direction: "rtl",
        skip: "انتقل إلى النص",
        older: "مقالات أقدم",
        pages: "الصفحات",
        tags: "الوسوم",
        categories: "الأقسام",
        by: "بقلم",
        updated: "حُدّث في",
        minutes: "# دقيقة قراءة",
        photograph: "الصورة",
        sources: "المصادر",
        nothing: "لم يُنشر هنا شيء بعد.",
        to_index: "كل المقالات",
        missing: "الصفحة غير موجودة",
        missing_why: "لا توجد صفحة على هذا العنوان.",
        gone: "سُحب المقال",
        gone_why: "سُحب هذا المقال من النشر.",
    },
    Words {
        tag: "zh",
        direction: "ltr",
        skip: "跳到正文",
        older: "更早的文章",
        pages: "分页",
        tags: "标签",
        categories: "分类",
        by: "作者：",
        updated: "更新于",
        minutes: "阅读约 # 分钟",
        photograph: "图片",
        sources: "来源",
        nothing: "这里还没有发布任何内容。",
        to_index: "全部文章",
        missing: "找不到页面",
        missing_why: "此地址没有页面。",
        gone: "文章已撤下",
        gone_why: "这篇文章已被撤下。",
    },
    Words {
        tag: "ja",
        direction: "ltr",
        skip: "本文へ",
        older: "以前の記事",
        pages: "ページ",
        tags: "タグ",
        categories: "カテゴリー",
        by: "著者：",
        updated: "更新",
        minutes: "約 # 分で読めます",
        photograph: "写真",
        sources: "出典",
        nothing: "まだ何も公開されていません。",
        to_index: "すべての記事",
        missing: "ページが見つかりません",
        missing_why: "このアドレスにページはありません。",
        gone: "記事は取り下げられました",
        gone_why: "この記事は取り下げられました。",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_run_as_their_language_is_written_and_say_each_thing() {
        for words in &ALL {
            let language: Language = words.tag.parse().unwrap();
            assert_eq!(words.direction, language.direction().name(), "{}", words.tag);
            assert_eq!(Words::of(language).tag, words.tag);
            assert!(words.minutes(7).contains('7'), "{}", words.tag);
        }
        assert_eq!(Words::of("pt-BR".parse().unwrap()).tag, "pt");
        assert_eq!(Words::of("cy".parse().unwrap()).tag, "en", "what it does not know is said in English");
    }
}
