//! Words of English without their endings, and how much each says of a subject.

use std::{collections::HashMap, sync::LazyLock};

/// Stems by how many of 810 posts of three blogs have them: from half of the posts to one in twelve. Names and a trade's own words
/// were raised to the last.
const HALF: &str = "build chang creat design develop exampl experienc help improv includ inform issu learn peopl proces project provid \
    servic start team time user want work";
const THIRD: &str = "able acros addition agency allow already approach availabl best bett call case check code commun content continu \
    current data detail different easi easy effort everyon exist expect featur feedback find follow found futur goal great \
    group idea implement important interest languag look lot manag mean meet month numb open page point possibl post \
    practic problem product program public question read recent releas requir resourc result serv shar small softwar sourc \
    standard support system talk test thank think tool type understand updat version via websit week writ year";
const FIFTH: &str = "acces activ add added addres along announc applic appropriat ask based becom benefit blog bring challeng channel clear \
    common complet consid contribut contributor custom day decid decision depart direct document early efficient email \
    enabl encourag end ensur especial excit feel file final focu focus form forward free function gener gett guid happen \
    happy hard high hope impact improve increas install intern introduc involv join key larg launch lead level library \
    limit link list main maintain major manage memb method multipl name need note offer offic onlin opportun order organ \
    particular partn past person plac plan platform pleas present previou process produc programm publish quick reach real \
    receiv recommend regular report request require research review run second secur similar simpl site soci solution solv \
    specific stat step successful task technology term today topic track try turn useful valu variou view web";
const EIGHTH: &str = "abil abov accept accessibl act action actual adding administr affect agil among amount answ anyon appl apply area \
    articl asked asking audienc author avoid background basic begin beginn behavior believ beyond big bit block break \
    broad bugs built busi care caus cent certain choos clos collabor collect combin come coming communic communicat \
    complex component concept concern conduct connect consider consistent contact contain context control convers core \
    cost cours cover critic date dedicat default defin deliv depend describ determin devic difficult director discuss \
    discussion divers docu download driv due effectiv effective employe empower engag entir environ error establish \
    evaluat event everyth evolv exact expert expertis explain explor fact familiar far fast field finish folk front furth \
    gain generat googl grow guidanc hand handl health hear highlight host identify imple incorporat individu infrastructur \
    initi initiativ innov insid integrat intend interact interaction interfac interview invit item job kind later latest \
    leadership leav like line live local long match matt measur media messag mind minut mission model move nation \
    necessary offici ongo operat option organiz outsid part participat pass path pattern perform performanc piec plann \
    play policy potenti prepar previous principl prior privat progres promot propos prototyp purpos qual rang realiz \
    reason record reduc referenc reflect relat reliabl rely remov repository represent respons return role runn schedul \
    search section send sens separat seri short show sign significant simp singl skill sometim soon spac speak spend \
    stabil stabiliz stabl staff stakehold stay stor strategy structur styl succes suggestion take taking target technic \
    tell thought throughout top train trust trying uniqu video visit word world written";
const TWELFTH: &str = "accessibil accord account achiev adapt additional address adopt against agenc ago align almost american analysi \
    analytic anyth api apis app apps associat attention automat automatical began behind beta board book brand budget \
    cannot cargo chanc choic citizen clippy colleagu comment compan compil complete configur const constant consum \
    contract contribution coordinat copy correct country crat days deal deliver demonstrat dependenc deploy description \
    differenc digit digitalgov display draft ecosystem effect element engage etc expand experiment explicit fail feder \
    figur fit fix format four framework frequent fully functional fund general github give glob gov govern gsa helpful \
    hold home hour hous human identif imag importanc industry input insight integr invest iter keep knowledg lack land law \
    led leverag librar life love mark market mention metric million minimum miss mobil modern money moving network news \
    night notic old ones oper origin original outcom overall packag period phas position positiv power prevent primary \
    prioritiz pull ready relevant remain resolv respond responsiv rest rfc risk rule rust rustc rustup save scal scop \
    sector seek seem select session sett shap shift situ size sort specifical speed stag statu story strong suggest survey \
    switch techniqu templat text them toward trait transform transition transparency trend twitt ultimate unit usa usabil \
    usag vendor vision visu wait watch wide window";

/// What a word says of a subject: the rarer, the more.
static WEIGHTS: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| {
    let lists = [(HALF, 0.5), (THIRD, 1.0), (FIFTH, 1.5), (EIGHTH, 2.0), (TWELFTH, 2.5)];
    lists.into_iter().flat_map(|(list, weight)| list.split(' ').map(move |stem| (stem, weight))).collect()
});
const RARE: f64 = 3.0;

/// What a stem says of a subject, from 0.5 to 3.
pub(crate) fn weight(stem: &str) -> f64 {
    WEIGHTS.get(stem).copied().unwrap_or(RARE)
}

/// A word without the ending that tells its forms apart; rough, for words are only compared by it.
pub(crate) fn stem(word: &str) -> &str {
    const ENDINGS: [&str; 24] = [
        "izations", "ization", "ational", "ations", "ation", "ingly", "ments", "ment", "ness", "ities", "ity", "ings",
        "ing", "edly", "ied", "ies", "ed", "ers", "er", "es", "ly", "al", "s", "e",
    ];
    // Shorter ones keep theirs, and most of the others have none.
    if word.len() < 5 || !word.ends_with(['s', 'n', 'l', 'y', 't', 'g', 'd', 'r', 'e']) {
        return word;
    }
    let ending =
        ENDINGS.iter().find(|ending| word.strip_suffix(**ending).is_some_and(|stem| stem.chars().count() >= 4));
    ending.and_then(|ending| word.strip_suffix(*ending)).unwrap_or(word)
}

/// Whether two stems are forms of one word.
pub(crate) fn akin(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    // Most words differ at their first letter.
    if one.as_bytes().first() != other.as_bytes().first() {
        return false;
    }
    let (one_len, other_len) = (one.chars().count(), other.chars().count());
    let shorter = one_len.min(other_len);
    shorter >= 5 && one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count() >= 5.max(shorter - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_akin_and_words_that_begin_alike_are_not() {
        for (one, other) in [("procurement", "procuring"), ("designs", "designed"), ("policies", "policy")] {
            assert!(akin(stem(one), stem(other)), "{one} {other}");
        }
        for (one, other) in [("cart", "carton"), ("trans", "transparent"), ("form", "format")] {
            assert!(!akin(stem(one), stem(other)), "{one} {other}");
        }
    }

    #[test]
    fn a_rare_word_says_more_of_a_subject_than_a_common_one() {
        let weights = ["work", "building", "reader", "marmalade"].map(|word| weight(stem(word)));
        assert!(weights.is_sorted() && weights[0] < weights[3], "{weights:?}");
    }
}
