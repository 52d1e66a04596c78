//! The language of a task: who says it, and where it goes.

use galley_domain::{
    access::limits::DayQuota,
    content::{blockers::Blocker, references::Reference},
    intake::{create::Creator, known_models::KnownModels},
    kernel::ids::{SourceId, SourceKey, WebhookId},
    queue::message::Kind,
    task::store::{TaskQuery, TaskStore},
    tenancy::settings::{Policy, Settings},
    webhooks::{
        process::Processor,
        receive::{Incoming, receive},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{tenant, trace},
    clock::TestClock,
    fakes::MemoryQueue,
};
use serde_json::{Value, json};

use crate::gate::found_as;

/// A language, a topic in it, and a text on that.
const TEXTS: [(&str, &str, &str); 11] = [
    (
        "en",
        "Keeping bees in a small garden",
        "A colony of bees needs less room than most people think. Place the hive where the morning sun reaches it and where \
         nobody walks past the entrance. In spring the bees fly out as soon as the willows bloom, and by June they bring in more \
         than they can eat. A keeper who looks after them once a week notices early when the queen is missing. Leave them enough \
         honey for the winter, for a small garden offers little after September.",
    ),
    (
        "de",
        "Bienen im kleinen Garten halten",
        "Ein Bienenvolk braucht weniger Platz, als die meisten denken. Stellen Sie den Kasten dorthin, wo ihn die Morgensonne \
         erreicht und niemand am Flugloch vorbeigeht. Im Frühling fliegen die Bienen aus, sobald die Weiden blühen, und im Juni \
         tragen sie mehr ein, als sie fressen können. Wer jede Woche einmal nachsieht, merkt früh, wenn die Königin fehlt. Lassen \
         Sie ihnen genug Honig für den Winter, denn ein kleiner Garten bietet nach dem September wenig.",
    ),
    (
        "fr",
        "Élever des abeilles dans un petit jardin",
        "Une colonie d'abeilles demande moins de place qu'on ne le croit. Installez la ruche là où le soleil du matin l'atteint et \
         où personne ne passe devant l'entrée. Au printemps, les abeilles sortent dès que les saules fleurissent, et en juin elles \
         rapportent plus qu'elles ne peuvent manger. Celui qui les regarde une fois par semaine remarque vite que la reine manque. \
         Laissez-leur assez de miel pour l'hiver, car un petit jardin offre peu de fleurs après septembre.",
    ),
    (
        "es",
        "Criar abejas en un jardín pequeño",
        "Una colonia de abejas necesita menos espacio de lo que cree la mayoría. Coloque la colmena donde le dé el sol de la \
         mañana y donde nadie pase por delante de la entrada. En primavera las abejas salen en cuanto florecen los sauces, y en \
         junio traen más de lo que pueden comer. Quien las mira una vez por semana nota pronto que falta la reina. Déjeles \
         suficiente miel para el invierno, porque un jardín pequeño ofrece poco después de septiembre.",
    ),
    (
        "it",
        "Allevare api in un piccolo giardino",
        "Una colonia di api ha bisogno di meno spazio di quanto si pensi. Mettete l'arnia dove arriva il sole del mattino e dove \
         nessuno passa davanti all'ingresso. In primavera le api escono appena fioriscono i salici, e a giugno portano a casa più \
         di quanto possano mangiare. Chi le guarda una volta alla settimana si accorge presto che manca la regina. Lasciate loro \
         abbastanza miele per l'inverno, perché un piccolo giardino offre poco dopo settembre.",
    ),
    (
        "pt",
        "Criar abelhas num jardim pequeno",
        "Uma colónia de abelhas precisa de menos espaço do que a maioria imagina. Ponha a colmeia onde o sol da manhã chegue e \
         onde ninguém passe à frente da entrada. Na primavera as abelhas saem assim que os salgueiros florescem, e em junho trazem \
         mais do que conseguem comer. Quem olha para elas uma vez por semana percebe cedo que falta a rainha. Deixe-lhes mel \
         suficiente para o inverno, porque um jardim pequeno oferece pouco depois de setembro.",
    ),
    (
        "nl",
        "Bijen houden in een kleine tuin",
        "Een bijenvolk heeft minder ruimte nodig dan de meeste mensen denken. Zet de kast neer waar de ochtendzon komt en waar \
         niemand langs de ingang loopt. In het voorjaar vliegen de bijen uit zodra de wilgen bloeien, en in juni halen ze meer \
         binnen dan ze kunnen eten. Wie elke week een keer kijkt, merkt vroeg dat de koningin weg is. Laat genoeg honing staan voor \
         de winter, want een kleine tuin biedt na september niet veel meer.",
    ),
    (
        "pl",
        "Pszczoły w małym ogrodzie",
        "Rodzina pszczela potrzebuje mniej miejsca, niż się zwykle wydaje. Postaw ul tam, gdzie dociera poranne słońce i gdzie nikt \
         nie przechodzi przed wejściem. Wiosną pszczoły wylatują, gdy tylko zakwitną wierzby, a w czerwcu przynoszą więcej, niż \
         mogą zjeść. Kto zagląda do nich raz w tygodniu, szybko zauważy, że brakuje królowej. Zostaw im dość miodu na zimę, bo mały \
         ogród po wrześniu niewiele już daje.",
    ),
    (
        "zh",
        "在小花园里养蜜蜂",
        "一群蜜蜂需要的空间比大多数人想象的要小。把蜂箱放在早晨能照到阳光、又没有人从门口经过的地方。春天柳树一开花，蜜蜂就飞出去了，到了六月，\
         它们带回来的比自己能吃的还多。每周去看一次的人，很早就会发现蜂王不见了。请给它们留下足够过冬的蜂蜜，因为小花园在九月以后就没有多少花了。",
    ),
    (
        "ja",
        "小さな庭でミツバチを飼う",
        "ミツバチの群れに必要な場所は、多くの人が思うより小さいものです。朝日が当たり、入り口の前を誰も通らないところに巣箱を置きましょう。春に柳の花が咲くと、\
         ミツバチはすぐに飛び立ち、六月には食べきれないほどの蜜を集めます。週に一度のぞいてみれば、女王がいないことに早く気づきます。\
         小さな庭では九月を過ぎると花が少なくなるので、冬のために蜂蜜を残しておいてください。",
    ),
    (
        "ar",
        "تربية النحل في حديقة صغيرة",
        "تحتاج خلية النحل إلى مكان أصغر مما يظنه معظم الناس. ضع الخلية حيث تصلها شمس الصباح وحيث لا يمر أحد أمام المدخل. في الربيع يخرج \
         النحل حالما تزهر أشجار الصفصاف، وفي شهر يونيو يجلب أكثر مما يستطيع أن يأكله. من ينظر إليه مرة كل أسبوع يلاحظ مبكرا أن الملكة \
         غائبة. اترك له ما يكفي من العسل لفصل الشتاء، لأن حديقة صغيرة لا تقدم الكثير بعد شهر سبتمبر.",
    ),
];

fn held(language: &str, topic: &str, text: &str) -> Vec<Blocker> {
    found_as(language, &[], topic, text).into_iter().map(|finding| finding.blocker).collect()
}

#[test]
fn a_text_in_another_language_than_asked_is_held_back_with_its_words() {
    for (language, topic, _) in TEXTS {
        for (other, _, text) in TEXTS.iter().filter(|(other, _, _)| *other != language) {
            let found = found_as(language, &[], topic, text);
            let wrong = found.iter().find(|finding| finding.blocker == Blocker::WrongLanguage);
            assert!(
                wrong.is_some_and(|finding| text.starts_with(&finding.quote)),
                "{language} asked, {other}: {found:?}"
            );
        }
    }
}

#[test]
fn a_text_in_the_language_asked_is_let_through_whatever_it_quotes() {
    for (language, topic, text) in TEXTS {
        assert_eq!(held(language, topic, text), [], "{language}");
        let (_, _, stranger) = TEXTS.iter().find(|(other, _, _)| *other != language && *other != "zh").unwrap();
        let quoting = format!("{text}\n\n> {stranger}\n\n```\n{stranger}\n```\n\n{text}");
        assert!(!held(language, topic, &quoting).contains(&Blocker::WrongLanguage), "{language}");
        let names = "Johann Wolfgang von Goethe, Rotterdam, São Paulo, Société Générale, Łódź, Firefox, PostgreSQL";
        assert!(
            !held(language, topic, &format!("{names}.\n\n{names}.")).contains(&Blocker::WrongLanguage),
            "{language}"
        );
    }
}

#[test]
fn too_little_text_and_a_language_that_nobody_knows_are_no_reason() {
    let (_, topic, text) = TEXTS[0];
    assert!(!held("de", topic, &text[..150]).contains(&Blocker::WrongLanguage));
    for unknown in ["gsw", "ga", "eu"] {
        assert!(!held(unknown, topic, text).contains(&Blocker::WrongLanguage), "{unknown}");
    }
    assert!(!held("es", TEXTS[3].1, &format!("{}\n\n{}", TEXTS[3].2, &text[..200])).contains(&Blocker::WrongLanguage));
}

#[test]
fn half_a_text_in_another_language_is_half_too_much() {
    let (german, english) = (TEXTS[1], TEXTS[0]);
    let found = found_as("de", &[], german.1, &format!("{}\n\n## Noch etwas\n\n{}", german.2, english.2));
    let wrong = found.iter().find(|finding| finding.blocker == Blocker::WrongLanguage).unwrap();
    assert_eq!((wrong.place.as_str(), wrong.quote.starts_with("A colony")), ("Noch etwas", true));
}

#[test]
fn a_text_about_something_else_is_held_back_in_each_language() {
    for (language, _, text) in TEXTS.iter().filter(|(language, _, _)| *language != "en") {
        let other = match *language {
            "de" => "Wie Datenbanken Transaktionen abschließen",
            "fr" => "Comment les bases de données valident leurs transactions",
            "es" => "Cómo confirman sus transacciones las bases de datos",
            "it" => "Come i database confermano le transazioni",
            "pt" => "Como os bancos de dados confirmam transações",
            "nl" => "Hoe databases hun transacties bevestigen",
            "pl" => "Jak bazy danych zatwierdzają transakcje",
            "zh" => "数据库怎样提交事务",
            "ja" => "データベースのトランザクション",
            _ => "كيف تؤكد قواعد البيانات معاملاتها",
        };
        assert!(held(language, other, text).contains(&Blocker::OffSubject), "{language}");
    }
}

#[test]
fn what_is_said_again_copied_or_cut_off_is_held_back_where_there_are_no_spaces() {
    for (language, topic, text) in TEXTS.iter().filter(|(language, _, _)| matches!(*language, "zh" | "ja")) {
        assert!(held(language, topic, &format!("{text}\n\n{text}")).contains(&Blocker::Repetition), "{language}");
        let cut: String = text.chars().take(text.chars().count() - 4).collect();
        assert!(held(language, topic, &cut).contains(&Blocker::Truncated), "{language}");
        let snippet: String = text.chars().skip(20).take(60).collect();
        let url = "https://example.org/bees".to_owned();
        let source = Reference { title: "Bees".to_owned(), url, snippet, published: None };
        let found = found_as(language, std::slice::from_ref(&source), topic, text);
        assert!(found.iter().any(|finding| finding.blocker == Blocker::Copied), "{language}: {found:?}");
        let few = Reference { snippet: source.snippet.chars().take(30).collect(), ..source };
        assert_eq!(found_as(language, &[few], topic, text), [], "{language}");
    }
}

#[tokio::test]
async fn a_task_that_a_webhook_asks_for_is_in_its_tenants_language_unless_it_names_another() {
    let (store, queue, clock) = (MemoryStore::default(), MemoryQueue::default(), TestClock::at("2026-11-20T12:00:00Z"));
    let creator =
        Creator { store: store.clone(), queue: queue.clone(), clock: clock.clone(), models: KnownModels::default() };
    let processor = Processor { creator, quota: DayQuota { user: 9, organisation: 9 } };
    let (acme, polish) = (
        tenant("acme"),
        Settings { policy: Policy { language: "pl".parse().ok(), ..Policy::default() }, ..Settings::default() },
    );
    galley_testkit::tenants::set_own(&store, &acme, &polish).await;
    for (id, language) in [("one", None), ("two", Some("it"))] {
        let mut request = json!({"topic": format!("How HTTP caching works, part {id}")});
        if let Some(language) = language {
            request["language"] = Value::from(language);
        }
        let payload = json!({"event_id": id, "event_type": "content.requested", "request": request}).to_string();
        let source = SourceId::new("cms").unwrap();
        let incoming = Incoming {
            key: SourceKey::of(&source, None),
            source,
            tenant: acme.clone(),
            id: WebhookId::new(id).unwrap(),
            event_type: "content.requested".into(),
            payload,
            ignored: None,
            expires: true,
            trace_id: trace(),
        };
        receive(&store, &queue, &clock, 99, incoming).await.unwrap();
        let messages = queue.take();
        processor.process(messages.iter().find(|message| message.kind == Kind::Webhook).unwrap()).await.unwrap();
    }
    let all = TaskQuery { tenant: acme, state: None, task_type: None, before: None, limit: 9, after: None };
    let items = store.list(all).await.unwrap().items;
    let mut told: Vec<&str> = items.iter().map(|task| task.request.language.as_ref().unwrap().as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["it", "pl"]);
}
