//! What the formulas count by its words: how a text speaks to its readers, and how it hedges.

/// Words that speak to whoever reads.
pub(super) fn to_readers(language: &str) -> &'static str {
    match language {
        "en" => "you your yours",
        "de" => "du dein deine deinen deinem deiner dir dich ihnen ihre ihren ihrem",
        "fr" => "vous votre vos tu ton tes toi",
        "es" => "tú tu tus te usted ustedes puedes tienes",
        "it" => "tu tuo tua tuoi tue ti voi vi vostro vostra",
        "pt" => "você vocês tu teu tua seu sua",
        "nl" => "je jij jouw jullie u uw",
        "pl" => "ty cię ci ciebie twój twoja twoje możesz masz państwo państwa",
        "zh" => "你 您",
        "ja" => "あなた 皆さん ください ましょう",
        "ar" => "أنت أنتم لك لكم يمكنك عليك",
        _ => "",
    }
}

/// Words behind which nobody stands.
pub(super) fn hedges(language: &str) -> &'static str {
    match language {
        "en" => "it is said|some say|arguably|many believe|obviously",
        "de" => "man sagt|manche sagen|angeblich|viele glauben|offensichtlich",
        "fr" => "on dit que|certains disent|beaucoup pensent|évidemment",
        "es" => "se dice que|algunos dicen|muchos creen|obviamente",
        "it" => "si dice che|alcuni dicono|molti credono|ovviamente",
        "pt" => "diz-se que|alguns dizem|muitos acreditam|obviamente",
        "nl" => "men zegt|sommigen zeggen|velen geloven|vanzelfsprekend",
        "pl" => "mówi się|niektórzy mówią|wielu uważa|oczywiście",
        "zh" => "据说|有人说|很多人认为|众所周知",
        "ja" => "と言われて|という人もいる|多くの人が信じて|言うまでもなく",
        "ar" => "يقال إن|يعتقد البعض|يقول البعض|من الواضح أن",
        _ => "",
    }
}
