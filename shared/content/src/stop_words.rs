//! Words that hold the sentences of a language together and say nothing of a subject.

use std::{collections::HashSet, sync::LazyLock};

/// Those of English are the longest list, because forms of its words are compared.
const ENGLISH: &str = "a about after again all also although always am an and another any are around as at away back be became because \
    been before being below between both but by came can come could did do does doing done down during each either else enough \
    even ever every few first for from full get gets give given go goes going gone good got had has have having he her here hers \
    him himself his how however i if in instead into is it its itself just keep kept know known last least less let like little \
    long look made make makes making many may me might mine more most much must my myself near need needs never new next no nor \
    not nothing now of off often on once one only onto or other others our ours out over own part per perhaps put quite rather \
    really right said same saw say says see seem seen set several shall she should show since so some someone something still \
    such sure take taken than that the their theirs them themselves then there these they thing things this those though three \
    through thus to together too took toward two under until up upon us use used uses using usually very was way ways we well \
    went were what when where whether which while who whole whom whose why will with within without would yes yet you your \
    yours yourself";
const GERMAN: &str = "ab aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da dabei \
    dadurch damit dann das dass dazu dein deine dem den denn der deren des dessen die dies diese diesem diesen dieser dieses doch dort \
    du durch ein eine einem einen einer eines einige er es etwas euch euer für gegen geht gibt hab habe haben hat hatte hatten hier hin \
    ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jedem jeden jeder jedes jetzt kann kannst kein keine können \
    könnte machen man manche mehr mein meine mich mir mit muss müssen nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine \
    seinem seinen seiner seit selbst sich sie sind so soll sollen sollte sondern sowie über um und uns unser unsere unter viel viele vom \
    von vor war waren warum was wegen weil weiter welche welcher wenn wer werden wie wieder will wir wird wo wollen worden wurde wurden \
    würde zu zum zur zwar zwischen";
const FRENCH: &str = "a afin ai ainsi alors après au aucun aussi autre autres aux avait avant avec avoir beaucoup bien c car ce cela ces cet \
    cette ceux chaque chez comme comment d dans de depuis des deux donc dont du elle elles en encore entre est et était être eux fait \
    faire faut il ils j je jusque l la le les leur leurs lui m ma mais même mes moins mon n ne ni non nos notre nous on ont ou où par \
    parce pas peu peut plus plusieurs pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sous \
    sur t ta tant tel tes ton toujours tous tout toute toutes très tu un une va vers vos votre vous y";
const SPANISH: &str = "a al algo algunas algunos ante antes aquí así aunque cada como cómo con contra cual cuando cuál de del desde donde dos \
    durante e el él ella ellas ellos en entre era es esa ese eso esta está estaba están estas este esto estos fue ha hace hacer hacia han \
    hasta hay la las le les lo los más me mi mientras mucho muchos muy nada ni no nos nosotros o os otra otras otro otros para pero poco \
    por porque puede pueden que qué quien se sea según ser si sí sido sin sobre son su sus también tan tanto te tener tiene tienen todo \
    todos tu tus un una unas uno unos usted y ya yo";
const ITALIAN: &str = "a ad agli ai al alla alle allo anche ancora avere aveva c che chi ci come con contro cosa così cui d da dagli dai dal \
    dalla dalle degli dei del dell della delle dello di dopo dove due e è ed era essere fa fare fino fra gli ha hai hanno ho i il in io l \
    la le lei li lo loro lui ma me mentre mi mia mio molto ne negli nei nel nella nelle no noi non nostra nostro o ogni ora per perché \
    però più poi prima può quale quali quando quanto quella quelle quelli quello questa queste questi questo qui se sei senza si sia sono \
    sopra sta stata stato su sua sue sugli sui sul sulla sulle suo tra tu tua tuo tutte tutti tutto un una uno va vi voi";
const PORTUGUESE: &str = "a ao aos aquela aquele as até cada com como da das de dela dele depois desde do dos duas e é ela elas ele eles em \
    entre era essa esse esta está estão este eu faz fazer foi for foram há isso isto já lhe mais mas me mesmo meu minha muito muitos na \
    não nas nem no nos nós nossa nosso num numa o onde os ou outra outras outro outros para pela pelas pelo pelos pode podem por porque \
    qual quando que quem se sem ser seu seus só sobre sua suas são também tem têm ter toda todas todo todos tu tudo um uma você vocês à às";
const DUTCH: &str = "aan af al alle alles als altijd andere ben bij daar dan dat de den der deze die dit doe doen door dus een eens en er ga \
    geen gaat haar had hebben heeft hem het hier hij hoe hun ik in is ja je jij jouw jullie kan kunnen maar maken me meer men met mij mijn \
    moet moeten na naar niet niets nog nu of om omdat ons onze ook op over te tegen toch toen tot u uit uw van vaak veel voor want waren \
    was wat we wel welke werd wie wij wil worden wordt waarom zal ze zelf zich zij zijn zo zonder zou";
const POLISH: &str = "a aby albo ale bardzo bez bo by być był była było były będzie będą ci co czy czym dla dlaczego do dwa gdy gdzie go i ich \
    im inne inny ja jak jako jakie jego jej jest jeszcze jeśli już każdy kiedy kto która które którego której który których którzy lub ma \
    mają mnie może można mój my na nad nam nas nasz nawet nic nich nie niej nim niż no o od on ona one oni oraz po pod ponieważ poza przed \
    przez przy raz sam są się sobie swoje ta tak także tam te tego tej ten to tu tutaj ty tych tylko tym u w we więc wszystkie wszystko z \
    za zawsze ze że";
const ARABIC: &str = "من إلى الى عن على في مع هذا هذه ذلك تلك التي الذي الذين هو هي هم هن أنا نحن أنت أنتم كان كانت يكون تكون ليس لا لم لن ما ماذا \
    لماذا كيف متى أين هل أو أم و ثم بل لكن إن أن إذا إذ كل كما حتى عند بعد قبل بين منذ خلال حول دون غير سوى قد لقد كذلك أيضا أيضًا فقط جدا \
    جدًا أكثر أقل بعض أي أحد به بها له لها فيه فيها منه منها عليه عليها وهو وهي ومن وفي وما ولا يمكن";

static LISTS: LazyLock<Vec<(&str, HashSet<&str>)>> = LazyLock::new(|| {
    let lists = [
        ("en", ENGLISH),
        ("de", GERMAN),
        ("fr", FRENCH),
        ("es", SPANISH),
        ("it", ITALIAN),
        ("pt", PORTUGUESE),
        ("nl", DUTCH),
        ("pl", POLISH),
        ("ar", ARABIC),
    ];
    lists.into_iter().map(|(language, list)| (language, list.split(' ').collect())).collect()
});

/// Whether `word`, in small letters, is one of the language's.
pub(crate) fn has(language: &str, word: &str) -> bool {
    LISTS.iter().find(|(name, _)| *name == language).is_some_and(|(_, list)| list.contains(word))
}

/// Whether those of the language are known here.
pub(crate) fn are_known(language: &str) -> bool {
    LISTS.iter().any(|(name, _)| *name == language)
}
