//! Articles in other languages than English, through the front door.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_local::fake_providers::Temper;
use galley_tests::{answer, fixture::with_fake_providers};
use reqwest::Method;
use serde_json::{Value, json};

const GERMAN: &str = "Wie HTTP-Caching für ältere Browser funktioniert";
const CHINESE: &str = "HTTP 缓存如何工作";
const ARABIC: &str = "كيف يعمل التخزين المؤقت في المتصفح";

fn codes(task: &Value) -> Vec<&str> {
    task["blockers"].as_array().unwrap().iter().map(|blocker| blocker["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_article_in_german_chinese_and_arabic_goes_from_create_to_live() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let galley = &fixture.galley;
    for (language, named, topic, slug, said) in [
        ("de", "German (de)", GERMAN, "wie-http-caching-fuer-aeltere-browser-funktioniert", "Viele Betriebe"),
        ("zh", "Chinese (zh)", CHINESE, "http-huan-cun-ru-he-gong-zuo", "许多团队"),
        ("ar", "Arabic (ar)", ARABIC, "kyf-y", "معظم الفرق"),
    ] {
        let told = || fixture.fake.asked().into_iter().filter(|asked| asked.provider.starts_with("fake-"));
        let before = told().count();
        let (path, task) = fixture.drafted(json!({"topic": topic, "language": language, "target_length": 400})).await;
        assert_eq!((&task["language"], codes(&task)), (&json!(language), Vec::new()), "{task:#}");
        assert!(!task["quality"]["readability"].is_null(), "a model judged it: {task}");
        let words = task["word_count"].as_u64().unwrap();
        assert!((360..900).contains(&words), "{language}: {words}");
        let asked: Vec<String> = told().skip(before).map(|asked| asked.body.to_string()).collect();
        assert_eq!(asked.len(), 4, "plan, draft, judgement and what lists show");
        assert!(asked.iter().all(|one| one.contains(named)), "{asked:#?}");
        let approved = galley.approve(&path, json!({})).await.expect(200);
        let url = approved.body["published_url"].as_str().unwrap().to_owned();
        let article = galley.get("nobody", &url).await.expect(200).body;
        assert!(article["slug"].as_str().unwrap().starts_with(slug), "{article}");
        assert_eq!((&article["title"], &article["word_count"]), (&json!(topic), &json!(words)));
        assert!(article["content"].as_str().unwrap().contains(said), "{article}");
    }
}

#[tokio::test]
async fn a_text_in_another_language_than_its_tenants_is_held_back_with_the_place() {
    let fixture = with_fake_providers(Temper { answers_in: Some("en".to_owned()), ..Temper::default() }, &[]).await;
    let galley = &fixture.galley;
    let settings = galley.request("admin", Method::PATCH, "/api/admin/settings").json(&json!({"language": "de"}));
    assert_eq!(answer(settings).await.expect(200).body["language"], "de");
    let (path, task) = fixture.drafted(json!({"topic": GERMAN, "target_length": 400})).await;
    assert_eq!(task["language"], "de", "its tenant's");
    assert!(codes(&task).contains(&"wrong_language"), "{task:#}");
    let blockers = task["blockers"].as_array().unwrap();
    let evidence = &blockers.iter().find(|blocker| blocker["code"] == "wrong_language").unwrap()["evidence"][0];
    assert!(task["content"].as_str().unwrap().contains(evidence["quote"].as_str().unwrap()), "{evidence}");
    assert_eq!(galley.approve(&path, json!({})).await.expect(409).problem(), "blocked");
}

#[tokio::test]
async fn a_judge_that_contradicts_a_detector_stands_beside_its_evidence_and_frees_nothing() {
    for (score, contradicts) in [(85, true), (40, false)] {
        let temper = Temper { answers_in: Some("en".to_owned()), scores: vec![score; 4], ..Temper::default() };
        let fixture = with_fake_providers(temper, &[]).await;
        let asked = json!({"topic": GERMAN, "language": "de", "target_length": 400, "quality_preference": "balanced"});
        let (path, task) = fixture.drafted(asked).await;
        let blockers = task["blockers"].as_array().unwrap();
        let held = blockers.iter().find(|blocker| blocker["code"] == "wrong_language").unwrap();
        let judge = json!({
            "model": "fake-anthropic/critic", "criterion": "relevance", "score": score, "contradicts": contradicts,
        });
        assert_eq!(held["evidence"][0]["judge"], judge, "{held:#}");
        assert_eq!(fixture.galley.approve(&path, json!({})).await.expect(409).problem(), "blocked");
    }
}
