//! What a model says to whoever asked it for a text, before the text and after it, in the languages that Galley writes. Readers are
//! spoken to in much the same words, so what may as well be the text's own stays where nothing else speaks against it.

/// Whom words at an edge of an answer are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Whoever asked: they agree, or speak of what was asked for.
    Asker,
    /// Whoever asked, if nothing else speaks for readers.
    AskerPerhaps,
    Readers,
}

/// How one agrees to write.
const AGREES: &str = "sure|certainly|of course|absolutely|gladly|gerne|natürlich|selbstverständlich|klar|sicher|bien sûr|\
    certainement|avec plaisir|volontiers|claro|por supuesto|con gusto|certo|certamente|con piacere|\
    com certeza|com prazer|natuurlijk|zeker|uiteraard|graag|oczywiście|jasne|pewnie|当然|好的|没问题|もちろん|もちろんです|\
    承知いたしました|かしこまりました|承知しました|はい|بالتأكيد|بالطبع|طبعا|حسنا|حسنًا";
/// How one presents what one has written.
const PRESENTS: &str = "here is|here's|here are|below is|below you will find|below you'll find|hier ist|hier sind|hier kommt|\
    nachfolgend|anbei|unten finden|voici|ci-dessous|aquí tienes|aquí tiene|aquí está|a continuación|ecco|\
    di seguito|aqui está|segue|abaixo|hier is|hieronder|oto|poniżej|以下是|这是|下面是|以下は|以下に|こちらが|こちらは|إليك|\
    فيما يلي|هذا هو|هذه هي";
/// What one was asked to write.
const MADE: &str = "article|blog post|blog|post|draft|text|newsletter|email|e-mail|version|piece|thread|artikel|beitrag|\
    blogbeitrag|entwurf|texte|billet|brouillon|courriel|artículo|texto|borrador|entrada|correo|articolo|\
    testo|bozza|artigo|rascunho|tekst|concept|blogpost|artykuł|wpis|szkic|文章|博客|草稿|邮件|文案|記事|下書き|ブログ|原稿|メール|\
    مقال|المقال|النص|مسودة|رسالة";
/// How one speaks of having been asked.
const ASKED: &str = "you asked|you requested|you wanted|you've asked|you've requested|requested|your request|your article|\
    your draft|your text|your blog|your post|your newsletter|your email|gewünscht|angefordert|\
    ihr artikel|dein artikel|ihren artikel|deinen artikel|ihr text|dein text|demandé|votre article|\
    ton article|solicitado|que pediste|que pidió|tu artículo|su artículo|richiesto|che hai chiesto|\
    il tuo articolo|que você pediu|seu artigo|gevraagd|je artikel|uw artikel|o który prosi|zgodnie z prośbą|\
    您要求|您要的|你要求|你要的|您需要的|ご依頼|ご要望|リクエスト|طلبت|طلبك|المطلوب";
/// What follows the name of a thing that one presents as one's own; "the text of the speech" is another's.
const GOES_ON: &str = "about|on|for|with|in|based|following|as|below";
/// How one hopes to have done what was wanted.
const HOPES: &str = "i hope this helps|hope this helps|i hope this meets|i hope this article|i hope this draft|ich hoffe, das hilft|\
    ich hoffe, dieser artikel|j'espère que cela|j'espère que ça|j'espère que cet article|espero que esto|espero que te sirva|\
    espero que le sirva|spero che questo|spero che ti|espero que isso|espero que este|ik hoop dat dit|\
    mam nadzieję, że to|mam nadzieję, że ten|希望这|希望以上|お役に立て|آمل أن يكون هذا|أتمنى أن يكون هذا";
/// How one offers help. Readers are spoken to like that, too.
const OFFERS: &str = "let me know if|please let me know|is there anything else|lassen sie mich wissen|\
    lass mich wissen|lass es mich wissen|sag mir bescheid|sagen sie mir|gib mir bescheid|geben sie mir bescheid|\
    dites-moi|dis-moi|faites-moi savoir|avísame|avíseme|hazme saber|házmelo saber|\
    hágame saber|fammi sapere|mi faccia sapere|avise-me|me avise|me diga|diga-me|\
    laat me weten|laat mij weten|laat het me weten|laat gerust weten|daj mi znać|daj znać|proszę dać|\
    proszę daj|请告诉我|お知らせください|お申し付けください|أخبرني|أعلمني";
/// How one allows whoever reads to do something: a recipe's changes, too.
const ALLOWS: &str =
    "feel free to|n'hésitez pas à|n'hésite pas à|no dudes en|no dude en|non esitare a|fique à vontade|请随时|لا تتردد";
/// How the one who allows it speaks of themselves.
const OF_ME: &str = "me|moi|mich|mir|mi|我";
/// What one offers it for.
const NEEDS: &str = "question|you need|you want|you would like|you'd like|further|frage|brauch|besoin|pregunta|necesit|domand|\
    bisogno|dúvida|pergunta|precis|vragen|nodig|pytani|potrzeb|问题|需要|質問|ご不明|سؤال|أسئلة";
/// How one asks whether to go on writing, where the text is spoken of. Each speaks of oneself: "if you'd like" alone is for readers.
const ASKS: &str = "would you like me to|do you want me to|shall i|if you'd like, i|if you'd like me|if you would like, i|\
    if you would like me|i can adjust|i can also|soll ich|möchten sie, dass ich|möchtest du, dass ich|wenn du möchtest, kann ich|\
    wenn sie möchten, kann ich|souhaitez-vous que je|voulez-vous que je|veux-tu que je|si vous voulez, je|si tu veux, je|\
    si vous le souhaitez, je|quieres que cambie|quieres que ajuste|quieres que modifique|quiere que cambie|quiere que ajuste|quiere que modifique|te gustaría que|le gustaría que|si quieres, puedo|si lo deseas, puedo|vuoi che modifichi|vuoi che cambi|vuoi che adatti|\
    vuole che modifichi|vuole che cambi|vuole che adatti|se vuoi, posso|se vuole, posso|quer que eu|gostaria que eu|deseja que eu|se quiser, posso|wil je dat ik|wilt u dat ik|\
    als je wilt, kan ik|als u wilt, kan ik|czy chcesz, żebym|czy chcesz, abym|jeśli chcesz, mogę|需要我|要不要我|ご希望|ご要望|\
    必要であれば|修正が必要|هل تريد مني|هل تريد أن|هل ترغب في أن";
/// What one would do to a text.
const CHANGES: &str = "change|adjust|revis|edit|tweak|rewrit|shorten|expand|anything else|tone|sections|änder|anpass|angepasst|\
    überarbeit|kürz|tonfall|modif|ajust|cambi|adatt|tono|alter|mudan|wijzig|aanpass|herschrijf|zmian|zmieni|\
    popraw|dostosow|修改|调整|润色|补充|修正|変更|調整|تعديل|تغيير";
/// How a model that thinks without marks speaks of whoever asked.
const OF_THE_ASKER: &str = "the user wants|the user asks|the user asked|the user has asked|the user is asking|the user needs|the user requested|\
    the user would like|der nutzer möchte|der benutzer möchte|der user möchte|der nutzer will|l'utilisateur veut|l'utilisateur souhaite|\
    l'utilisateur demande|el usuario quiere|el usuario pide|el usuario solicita|l'utente vuole|l'utente chiede|o usuário quer|\
    o usuário pede|o utilizador quer|de gebruiker wil|de gebruiker vraagt|użytkownik chce|użytkownik prosi|用户想|用户要求|用户希望|\
    用户需要|ユーザーは|ユーザーが|يريد المستخدم|طلب المستخدم|المستخدم يريد";
/// How it speaks of what it is about to do.
const PLANS: &str = "let me think|let me start|let me draft|let me write|let me outline|let me plan|let me structure|i need to write|\
    i need to cover|i need to make sure|i need to include|i should|i'll start|i will start|i'll write|i could talk about|i have to write|\
    ich sollte|ich muss|ich werde|lass mich|je dois|je devrais|je vais|debo|debería|voy a|devo|dovrei|vou|preciso|ik moet|ik zal|laat me|\
    muszę|powinienem|zacznę|我需要|我应该|让我|我会|必要がある|考え|يجب أن|سأبدأ|سوف أ";
/// How it begins to.
const HESITATES: &str = "okay|ok|alright|all right|hmm|so|well|let me think|also|gut|bon|alors|vale|bueno|allora|bem|então|oké|dobrze|好的|嗯|\
    はい|さて|حسنا|حسنًا";
const LONGEST_THOUGHT: usize = 2_000;
const LONGEST_OPENING: usize = 300;
const LONGEST_CLOSING: usize = 250;
/// Where a sentence ends; in Chinese and Japanese a part of one, too.
const ENDS: [char; 12] = ['.', '!', '?', '…', '\n', '。', '！', '？', '؟', ')', '，', '、'];

/// Whether a block is what a model thinks before it writes, without the marks of it: it speaks of whoever asked, and of its plans.
pub fn thinks(block: &str) -> bool {
    let text = plain(block);
    if text.chars().count() > LONGEST_THOUGHT {
        return false;
    }
    let plans = each(PLANS).filter(|plan| says(&text, plan)).count();
    let of_asker = each(OF_THE_ASKER).any(|phrase| says(&text, phrase));
    let hesitates = each(HESITATES).any(|word| begins(&text, word));
    // An essay on users has one of these, too.
    (of_asker && plans > 1) || (hesitates && (of_asker || plans > 1))
}

/// Whom the first block of an answer is for.
pub fn opening(block: &str) -> For {
    if thinks(block) {
        return For::Asker;
    }
    let text = plain(block);
    if text.chars().count() > LONGEST_OPENING {
        return For::Readers;
    }
    let rest = each(AGREES).find_map(|word| agreed(&text, word));
    let presented = rest.unwrap_or(&text);
    let presents = each(PRESENTS).any(|phrase| begins(presented, phrase));
    let asked = each(ASKED).any(|phrase| says(&text, phrase));
    match rest {
        Some("") => For::AskerPerhaps,
        Some(_) if presents || asked => For::Asker,
        _ if presents && asked => For::Asker,
        _ if presents && names_its_own(&text) => For::AskerPerhaps,
        _ => For::Readers,
    }
}

/// Whom the last block of an answer is for.
pub fn closing(block: &str) -> For {
    let text = plain(block);
    if text.chars().count() > LONGEST_CLOSING {
        return For::Readers;
    }
    let any = |phrases| sentences(&text).any(|sentence| each(phrases).any(|phrase| begins(sentence, phrase)));
    let speaks_of = |words| each(words).any(|word| says(&text, word));
    let (hopes, offers) = (any(HOPES), any(OFFERS));
    let of_me = || each(OF_ME).any(|word| text.split(|c: char| !c.is_alphanumeric()).any(|said| said == word));
    let allows = any(ALLOWS) && speaks_of(CHANGES) && (speaks_of(MADE) || of_me());
    if allows || ((hopes || offers || any(ASKS)) && (speaks_of(CHANGES) || speaks_of(MADE))) {
        For::Asker
    } else if hopes || (offers && speaks_of(NEEDS)) {
        For::AskerPerhaps
    } else {
        For::Readers
    }
}

fn each(phrases: &str) -> impl Iterator<Item = &str> {
    phrases.split('|')
}

/// Without marks and in small letters.
fn plain(block: &str) -> String {
    let lower = block.to_lowercase().replace(['’', '‘'], "'").replace(['*', '_', '>', '¿', '¡'], "");
    lower.trim().to_owned()
}

/// What follows a word of agreement that ends there.
fn agreed<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    let ends = |c: char| matches!(c, '!' | ',' | '.' | ':' | '！' | '，' | '。' | '：' | '、' | '،' | '—' | '–' | '-');
    let behind = rest.trim_start_matches(|c: char| ends(c) || c.is_whitespace());
    (rest.trim_start().starts_with(ends) || rest.is_empty()).then_some(behind)
}

/// Whether what is presented is the speaker's own writing.
fn names_its_own(text: &str) -> bool {
    let last = each(MADE).filter_map(|word| Some(places(text, word).last()? + word.len())).max();
    let Some(rest) = last.and_then(|end| text.get(end..)) else { return false };
    let next = rest.trim_start_matches(|c: char| c.is_whitespace() || c == 's');
    next.is_empty()
        || next.starts_with(|c: char| !c.is_alphanumeric())
        || each(GOES_ON).any(|word| begins(next, word))
        || (!next.is_ascii() && text.ends_with([':', '：']))
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(ENDS).map(|sentence| sentence.trim_start_matches(|c: char| !c.is_alphanumeric()))
}

/// Whether `text` begins with a phrase, and its last word ends there.
fn begins(text: &str, phrase: &str) -> bool {
    text.strip_prefix(phrase).is_some_and(|rest| !is_joined(phrase.chars().last(), rest.chars().next()))
}

/// Whether a word stands in `text`, or begins one there.
fn says(text: &str, word: &str) -> bool {
    places(text, word).next().is_some()
}

fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let begins_word =
        |at: usize| !is_joined(text.get(..at).and_then(|before| before.chars().last()), word.chars().next());
    text.match_indices(word).map(|(at, _)| at).filter(move |at| begins_word(*at))
}

/// Whether two letters belong to one word. Chinese and Japanese leave no blanks, and Arabic writes articles into words.
fn is_joined(before: Option<char>, after: Option<char>) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && c < '\u{600}');
    is_letter(before) && is_letter(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_article_says_to_its_readers_stays() {
        for block in [
            "Here is the text of the speech:",
            "Here is the email that started it all:",
            "Here is what nobody tells you about caching.",
            "Sure, caching helps, but it is not free.",
            "Surely you have seen a slow page.",
            "Certain things never change.",
            "Here's a thought:",
            "Here are five tips for you:",
            "Of course, winter is cold. These plants are for you.",
            "Klar: Ein Cache hilft, und zwar so:",
            "以下是为您准备的三个建议：",
            "Hier ist die Lage ernst.",
            "Voici comment fonctionne le cache.",
            "Ecco perché serve una cache.",
            "当然，缓存并不是免费的。",
            "以下是三个原因。",
            "Claro que sí: la caché ayuda a todos",
        ] {
            assert_ne!(opening(block), For::Asker, "{block}");
        }
        assert_eq!(opening("Here is the text of the speech:"), For::Readers);
        for block in [
            "Caching helps. Try it.",
            "Would you like me better if I were faster?",
            "If you'd like fewer misses, keep more.",
            "Soll ich mein Auto verkaufen?",
            "如果您缓存得更久，页面会更快。",
            "Se vuoi andare veloce, vai da solo.",
            "Please let me know if Thursday suits you.",
            "Let me know if you try it!",
            "Last month we changed the signs. If you'd like to tell us what you think of the change, write to us.",
            "Si vous voulez modifier un réglage, ouvrez le menu.",
            "如果您需要修改设置，请打开菜单。",
            "I hope you will plant one this spring.",
            "Feel free to adjust the seasoning to taste.",
            "N'hésitez pas à ajuster l'assaisonnement selon vos goûts.",
            "Feel free to forward this newsletter to a friend. In the next issue: bees.",
            "No dudes en comprar tu entrada hoy mismo.",
            "¿Quieres que tu vida cambie? Empieza hoy.",
        ] {
            assert_eq!(closing(block), For::Readers, "{block}");
        }
    }

    #[test]
    fn whoever_asked_is_known_in_every_language() {
        for block in [
            "Sure! Here is the article you asked for:",
            "Certainly, here's a draft:",
            "Of course! Below is the newsletter about caching.",
            "**Absolutely!** Here’s the blog post:",
            "Here is the article you requested.",
            "Gerne! Hier ist der gewünschte Artikel:",
            "Natürlich, hier ist der Beitrag:",
            "Bien sûr ! Voici l'article :",
            "Voici l'article demandé :",
            "¡Claro! Aquí tienes el artículo:",
            "Por supuesto, aquí está el texto que pediste:",
            "Certo! Ecco l'articolo:",
            "Claro! Aqui está o artigo que você pediu:",
            "Natuurlijk! Hier is het gevraagde artikel:",
            "Oczywiście! Oto artykuł:",
            "好的，以下是您要求的文章：",
            "当然！这是文章：",
            "もちろんです。以下は記事です：",
            "以下はご依頼の記事です。",
            "بالتأكيد! إليك المقال:",
        ] {
            assert_eq!(opening(block), For::Asker, "{block}");
        }
        for block in ["Sure!", "Here is the article:", "Here's a blog post about caching.", "Hier ist der Artikel:"] {
            assert_eq!(opening(block), For::AskerPerhaps, "{block}");
        }
        for block in [
            "Let me know if you would like any changes!",
            "I hope this meets your needs. Would you like me to adjust the tone?",
            "Feel free to edit this draft.",
            "Soll ich den Ton ändern?",
            "Lassen Sie mich wissen, wenn ich etwas anpassen soll.",
            "N'hésitez pas à me demander des modifications.",
            "¿Quieres que cambie algo?",
            "Fammi sapere se vuoi modifiche.",
            "Quer que eu ajuste o tom?",
            "Laat me weten of ik iets moet aanpassen.",
            "Daj mi znać, jeśli mam coś zmienić.",
            "如果您需要修改，请告诉我。",
            "修正が必要な場合はお知らせください。",
            "أخبرني إذا كنت تريد أي تعديل.",
        ] {
            assert_eq!(closing(block), For::Asker, "{block}");
        }
        for block in [
            "I hope this helps!",
            "Let me know if you have any questions.",
            "J'espère que cela vous aide.",
            "お役に立てれば幸いです。",
        ] {
            assert_eq!(closing(block), For::AskerPerhaps, "{block}");
        }
    }

    #[test]
    fn who_thinks_aloud_is_told_from_who_writes_about_users() {
        for block in [
            "Okay, the user wants an article about caching. Let me think about what to include.",
            "Hmm, I need to cover the basics first. I should keep it friendly, and let me start with an example.",
            "The user asked for 800 words on bees. I should begin with the hive. Let me outline it.",
            "Also, der Nutzer möchte einen Artikel über Brot. Ich sollte mit dem Mehl beginnen.",
            "好的，用户想要一篇关于缓存的文章。我需要先介绍基础。",
            "Bon, l'utilisateur souhaite un billet sur le pain. Je dois commencer par la farine.",
        ] {
            assert!(thinks(block), "{block}");
        }
        for block in [
            "The user wants a page in a second. I should know: I am one.",
            "So you want to bake bread? Let me start with the flour.",
            "Okay, winter is cold. Here is what helps.",
            "Well, I should have asked first.",
            "好的面包需要时间。",
        ] {
            assert!(!thinks(block), "{block}");
        }
    }
}
