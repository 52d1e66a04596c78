//! Each protocol over the wire, against the shapes that its provider's reference shows.

use std::time::Duration;

use galley_domain::{
    content::blockers::Finish,
    kernel::{ids::TraceId, usd::MicroUsd},
    models::{
        ask::{Available, Schema},
        price::{Spent, Tokens},
    },
    secrets::store::SecretError,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::retry_after::retry_after;

const KEYS: &str =
    r#"{"openai": "key-1", "anthropic": "key-2", "google": "key-3", "huggingface": "key-4", "empty": " "}"#;

#[derive(Clone, Debug)]
pub(crate) struct OneSecret(pub(crate) &'static str);

impl Secrets for OneSecret {
    async fn active(&self, _: &str) -> Result<Vec<SecretString>, SecretError> {
        Ok(vec![SecretString::from(self.0)])
    }

    async fn refreshed(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        self.active(id).await
    }

    async fn of_generation(
        &self,
        id: &str,
        _: &galley_domain::kernel::ids::Generation,
    ) -> Result<Vec<SecretString>, SecretError> {
        self.active(id).await
    }
}

fn providers(base: &str, secret: &'static str) -> Providers<OneSecret> {
    let provider = |protocol: &str, path: &str, needs_key: bool| json!({"protocol": protocol, "base_url": format!("{base}{path}"), "needs_key": needs_key});
    let catalogue = json!({
        "providers": {
            "openai": provider("openai", "/v1", true),
            "anthropic": provider("anthropic", "/v1", true),
            "google": provider("gemini", "/v1beta", true),
            "huggingface": provider("openai", "/v1", true),
            "custom": provider("openai", "/v1/", false),
            "bedrock": {"protocol": "bedrock"},
        },
        "models": [], "routes": {},
    });
    let catalogue = Catalogue::read(&catalogue.to_string()).unwrap();
    let keys = ProviderKeys::new(OneSecret(secret), "id".to_owned());
    Providers::new(&catalogue, keys, Http::default()).unwrap().with_bedrock(&catalogue, &aws(base)).unwrap()
}

fn aws(bedrock: &str) -> Aws {
    Aws::from_vars(|name| match name {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME" => Some(bedrock.to_owned()),
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_CA_BUNDLE" => None,
        _ => Some("x".to_owned()),
    })
    .unwrap()
}

fn ask(model: &str) -> Ask {
    Ask {
        model: model.to_owned().try_into().unwrap(),
        system: "Rules".to_owned(),
        user: "Data".to_owned(),
        schema: None,
        temperature: None,
        most_output: 700,
        reasons: false,
        call: Uuid::nil(),
        trace: TraceId::from_uuid(Uuid::max()),
        time_limit: Duration::from_millis(500),
    }
}

fn shaped(model: &str) -> Ask {
    let schema = Schema { name: "assessment", schema: json!({"type": "object"}) };
    Ask { schema: Some(schema), temperature: Some(0.0), reasons: true, ..ask(model) }
}

/// The protocols with the model of one provider each, and where it is asked.
const ALL: [(&str, &str); 5] = [
    ("openai/gpt-5", "/v1/chat/completions"),
    ("anthropic/claude-haiku-4-5", "/v1/messages"),
    ("google/gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:generateContent"),
    ("custom/llama3.1", "/v1/chat/completions"),
    ("bedrock/amazon.nova-lite-v1:0", "/model/amazon.nova-lite-v1%3A0/converse"),
];

async fn asked(ask: &Ask, response: ResponseTemplate) -> (Result<Completion, ProviderError>, Request) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(response).mount(&server).await;
    let reply = providers(&server.uri(), KEYS).ask(ask).await;
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1, "nothing is retried here");
    (reply, requests.remove(0))
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// An answer of each protocol: a text, why it ended, and 120 tokens in and 900 out.
fn answer(model: &str, text: &str, end: &str) -> Value {
    match model.split('/').next().unwrap() {
        "anthropic" => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": end, "stop_sequence": null,
            "content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": text}],
            "usage": {"input_tokens": 100, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 20, "output_tokens": 900},
        }),
        "google" => json!({
            "candidates": [{
                "content": {"role": "model", "parts": [{"text": "Hm.", "thought": true}, {"text": text}]},
                "finishReason": end, "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": 120, "candidatesTokenCount": 700, "thoughtsTokenCount": 200, "totalTokenCount": 1020,
            },
            "modelVersion": "m",
        }),
        "bedrock" => json!({
            "output": {"message": {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}}, {"text": text},
            ]}},
            "stopReason": end, "metrics": {"latencyMs": 900},
            "usage": {"inputTokens": 100, "cacheReadInputTokens": 20, "outputTokens": 900, "totalTokens": 1020},
        }),
        _ => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text, "refusal": null}, "finish_reason": end}],
            "usage": {"prompt_tokens": 120, "completion_tokens": 900, "total_tokens": 1020},
        }),
    }
}

/// How each protocol says that it is done, that it ran out of room, and that it would rather not.
fn ends(model: &str) -> [&'static str; 3] {
    match model.split('/').next().unwrap() {
        "anthropic" => ["end_turn", "max_tokens", "refusal"],
        "google" => ["STOP", "MAX_TOKENS", "SAFETY"],
        "bedrock" => ["end_turn", "max_tokens", "content_filtered"],
        _ => ["stop", "length", "content_filter"],
    }
}

fn is_unavailable(result: &Result<Completion, ProviderError>, as_spent: Spent) -> bool {
    matches!(result, Err(ProviderError::Unavailable { spent, .. }) if *spent == as_spent)
}

#[tokio::test]
async fn too_many_requests_carries_the_servers_patience() {
    for (model, _) in ALL {
        let (result, _) = asked(&ask(model), ResponseTemplate::new(429).insert_header("retry-after", "17")).await;
        let Err(ProviderError::Unavailable { retry_after, spent: Spent::Nothing, .. }) = result else {
            panic!("{result:?}")
        };
        assert_eq!(retry_after, Some(Duration::from_secs(17)));
    }
}

#[tokio::test]
async fn server_errors_and_silence_may_pass() {
    for (model, _) in ALL {
        for status in [409, 424, 425, 500, 503, 529] {
            assert!(is_unavailable(&asked(&ask(model), ResponseTemplate::new(status)).await.0, Spent::Nothing));
        }
        let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(5));
        assert!(is_unavailable(&asked(&ask(model), slow).await.0, Spent::Unknown), "it may have been worked on");
        let nobody = providers("http://127.0.0.1:1", KEYS).ask(&ask(model)).await;
        assert!(is_unavailable(&nobody, Spent::Nothing));
    }
}

#[tokio::test]
async fn work_that_somebody_gave_up_waiting_for_is_not_free() {
    for (model, _) in ALL {
        for status in [408, 502, 504, 520, 524] {
            let (result, _) = asked(&ask(model), ResponseTemplate::new(status)).await;
            assert!(is_unavailable(&result, Spent::Unknown), "{model} {status}: {result:?}");
        }
    }
}

/// Errors as the providers and the gateways before them write them into an answer of 200.
fn errors_of(code: &Value) -> Vec<Value> {
    let error = json!({"code": code, "message": "Provider returned error"});
    let choice =
        json!({"index": 0, "message": {"content": "A text that br"}, "finish_reason": "error", "error": error});
    vec![
        json!({"error": error}),
        json!([{"error": error}]),
        json!({"error": {"status": code, "message": "m"}}),
        json!({"type": "error", "error": {"type": code, "message": "m"}}),
        json!({"__type": code, "message": "m"}),
        json!({"choices": [choice]}),
    ]
}

#[tokio::test]
async fn an_error_within_a_200_is_booked_as_its_status_would_be() {
    let passing: [(Value, Spent); 14] = [
        (json!(429), Spent::Nothing),
        (json!("429"), Spent::Nothing),
        (json!("rate_limit_error"), Spent::Nothing),
        (json!("RESOURCE_EXHAUSTED"), Spent::Nothing),
        (json!("ThrottlingException"), Spent::Nothing),
        (json!("overloaded_error"), Spent::Nothing),
        (json!(503), Spent::Nothing),
        (json!("UNAVAILABLE"), Spent::Nothing),
        (json!(500), Spent::Nothing),
        (json!("api_error"), Spent::Nothing),
        (json!(408), Spent::Unknown),
        (json!(502), Spent::Unknown),
        (json!("DEADLINE_EXCEEDED"), Spent::Unknown),
        (json!("timeout_error"), Spent::Unknown),
    ];
    let server = MockServer::start().await;
    let said = |body: &Value| ResponseTemplate::new(200).insert_header("retry-after", "2.5").set_body_json(body);
    for (model, _) in ALL {
        for (code, spent) in &passing {
            for body in errors_of(code) {
                server.reset().await;
                Mock::given(method("POST")).respond_with(said(&body)).mount(&server).await;
                let result = providers(&server.uri(), KEYS).ask(&ask(model)).await;
                assert!(is_unavailable(&result, *spent), "{model} {body}: {result:?}");
                let Err(ProviderError::Unavailable { retry_after, .. }) = result else { panic!("{body}") };
                assert_eq!(retry_after, Some(Duration::from_millis(2500)));
            }
        }
    }
}

#[tokio::test]
async fn an_error_within_a_200_that_will_not_pass_is_refused_by_its_code() {
    let refused = async |body: Value| {
        let (result, _) = asked(&ask("custom/m"), ResponseTemplate::new(200).set_body_json(body)).await;
        let Err(ProviderError::Refused { reason, spent }) = result else { panic!("{result:?}") };
        (reason, spent)
    };
    for code in [json!(400), json!("invalid_request_error"), json!("model_not_found"), json!("content_filter")] {
        let (reason, spent) = refused(json!({"error": {"code": code, "message": "your key-1 is wrong"}})).await;
        assert_eq!((reason.as_str(), spent), ("the provider answered 400", Spent::Nothing), "{code}");
    }
    let (reason, spent) = refused(json!({"error": {"code": "odd <b>\nthing", "message": "your key-1"}})).await;
    assert_eq!((reason.as_str(), spent), ("the provider answered with an error: oddbthing", Spent::Unknown));
    let (_, spent) = refused(json!({"error": "it does not fit into memory"})).await;
    assert_eq!(spent, Spent::Unknown, "nobody says that it was free");
}

#[tokio::test]
async fn an_error_within_a_200_is_booked_by_its_own_report_where_it_has_one() {
    for (model, _) in ALL {
        let mut said = answer(model, "A text that br", ends(model)[0]);
        said["error"] = json!({"code": 429, "message": "m"});
        let (result, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(&said)).await;
        let tokens = Tokens { input: 120, output: 900 };
        assert!(is_unavailable(&result, Spent::Known { tokens, cost: MicroUsd::ZERO }), "{model}: {result:?}");
    }
}

#[tokio::test]
async fn what_is_no_error_does_not_cost_the_text() {
    for (model, _) in ALL {
        for nothing in [
            json!(null),
            json!({}),
            json!(""),
            json!(false),
            json!([]),
            json!("none"),
            json!("No error"),
            json!({"code": 0, "message": "success"}),
            json!({"code": "0", "message": ""}),
            json!({"code": 200, "message": "OK", "param": null}),
            json!({"code": "Success", "details": []}),
        ] {
            let mut said = answer(model, "Text", ends(model)[0]);
            said["error"] = nothing;
            let (reply, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(&said)).await;
            assert_eq!(reply.unwrap().text, "Text", "{model}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_on_the_wire_may_have_been_paid_for() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for (model, _) in ALL {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = [0; 8192];
            let _ = stream.read(&mut heard).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"choices\": [").await.unwrap();
        };
        let providers = providers(&base, KEYS);
        let question = ask(model);
        let (result, ()) = tokio::join!(providers.ask(&question), serve);
        assert!(is_unavailable(&result, Spent::Unknown), "{model}: {result:?}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_refused_and_tells_nothing_of_it() {
    for (model, _) in ALL {
        for response in [
            ResponseTemplate::new(401).set_body_string("your key-1 is wrong"),
            ResponseTemplate::new(400).set_body_string("bad"),
            ResponseTemplate::new(200).set_body_string("<html>"),
            ResponseTemplate::new(200).set_body_string("{\"choices\": ["),
            ResponseTemplate::new(200).set_body_string("x".repeat(1024 * 1024 + 1)),
            ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/"),
        ] {
            let (result, _) = asked(&ask(model), response).await;
            let Err(ProviderError::Refused { reason, .. }) = result else { panic!("{model}: {result:?}") };
            assert!(!reason.contains("key-"), "{reason}");
        }
    }
}

#[tokio::test]
async fn an_answer_says_how_it_ended_and_what_it_took() {
    let used = Some(Tokens { input: 120, output: 900 });
    for (model, asked_at) in ALL {
        let [done, cut, withheld] = ends(model);
        let of = async |end: &str| {
            let response = ResponseTemplate::new(200).set_body_json(answer(model, "# Title\n\nText", end));
            asked(&ask(model), response).await
        };
        let (reply, request) = of(done).await;
        let text = "# Title\n\nText".to_owned();
        assert_eq!(
            reply.unwrap(),
            Completion { text: text.clone(), finish: Finish::Complete, tokens: used },
            "{model}"
        );
        assert_eq!(request.url.path(), asked_at);
        assert_eq!(request.headers["x-client-request-id"], Uuid::nil().to_string());
        let traced = format!("00-{}-{}-01", "f".repeat(32), "0".repeat(16));
        assert_eq!(request.headers["traceparent"], traced);
        assert_eq!(of(cut).await.0.unwrap(), Completion { text, finish: Finish::Truncated, tokens: used }, "{model}");
        let Err(ProviderError::Refused { spent: Spent::Known { tokens, .. }, .. }) = of(withheld).await.0 else {
            panic!("{model} withheld it")
        };
        assert_eq!(Some(tokens), used, "what was withheld was paid for");
    }
}

#[tokio::test]
async fn a_report_that_is_missing_is_no_report_of_nothing() {
    for (model, _) in ALL {
        let mut said = answer(model, "Text", ends(model)[0]);
        for usage in ["usage", "usageMetadata"] {
            said.as_object_mut().unwrap().remove(usage);
        }
        let (reply, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(said)).await;
        assert_eq!(reply.unwrap().tokens, None, "{model}");
    }
}

/// The report within an answer, and the names of its counts that must be there.
fn report_in(model: &str) -> (&'static str, [&'static str; 2]) {
    match model.split('/').next().unwrap() {
        "anthropic" => ("usage", ["input_tokens", "output_tokens"]),
        "google" => ("usageMetadata", ["promptTokenCount", "candidatesTokenCount"]),
        "bedrock" => ("usage", ["inputTokens", "outputTokens"]),
        _ => ("usage", ["prompt_tokens", "completion_tokens"]),
    }
}

#[tokio::test]
async fn an_empty_or_odd_report_is_unknown_and_never_costs_the_text() {
    for (model, _) in ALL {
        let (report, counts) = report_in(model);
        let mut odd = vec![json!({}), json!(null), json!("many"), json!([]), json!(7)];
        for name in counts {
            for count in [json!(null), json!(-35), json!(12.5), json!("12"), json!({}), json!(1e300)] {
                let mut usage = answer(model, "", "stop")[report].clone();
                usage[name] = count;
                odd.push(usage);
            }
        }
        for usage in odd {
            let mut said = answer(model, "Text", ends(model)[0]);
            said[report] = usage.clone();
            let (reply, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(said)).await;
            let reply = reply.unwrap();
            assert_eq!((reply.text.as_str(), reply.tokens), ("Text", None), "{model}: {usage}");
        }
    }
}

/// An answer in which `written` stands, which is no JSON, in the place of a mark.
fn with_raw(said: &Value, written: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(said.to_string().replace("\"MARK\"", written))
}

#[tokio::test]
async fn a_number_that_is_none_never_costs_the_text() {
    let text = "NaN of 1e400, \"MARK\"?";
    for (model, _) in ALL {
        let (report, counts) = report_in(model);
        for number in ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "undefined"] {
            for name in counts {
                let mut said = answer(model, text, ends(model)[0]);
                said[report][name] = json!("MARK");
                let (reply, _) = asked(&ask(model), with_raw(&said, number)).await;
                let reply = reply.unwrap();
                assert_eq!((reply.text.as_str(), reply.tokens), (text, None), "{model} {name}: {number}");
            }
            let mut said = answer(model, text, ends(model)[0]);
            said["created"] = json!("MARK");
            said["logprobs"] = json!([{"logprob": "MARK"}]);
            let (reply, _) = asked(&ask(model), with_raw(&said, number)).await;
            let reply = reply.unwrap();
            let tokens = Some(Tokens { input: 120, output: 900 });
            assert_eq!((reply.text.as_str(), reply.tokens), (text, tokens), "{model}: {number}");
        }
    }
}

#[tokio::test]
async fn half_a_character_in_an_answer_does_not_cost_the_rest() {
    for (model, _) in ALL {
        let said = answer(model, "MARK", ends(model)[0]);
        let (reply, _) = asked(&ask(model), with_raw(&said, "\"A text\\ud83e with\ta tab\"")).await;
        assert_eq!(reply.unwrap().text, "A text\u{fffd} with\ta tab", "{model}");
    }
}

#[tokio::test]
async fn odd_fields_beside_the_text_do_not_cost_it() {
    for (model, _) in ALL {
        for odd in [json!(null), json!(7), json!({}), json!([1])] {
            let mut said = answer(model, "Text", ends(model)[0]);
            for (at, name) in [
                ("", "stop_reason"),
                ("", "stopReason"),
                ("/choices/0", "finish_reason"),
                ("/choices/0/message", "refusal"),
                ("/candidates/0", "finishReason"),
                ("/candidates/0/content/parts/1", "thought"),
            ] {
                if let Some(Value::Object(fields)) = said.pointer_mut(at) {
                    fields.insert(name.to_owned(), odd.clone());
                }
            }
            for list in ["/content", "/output/message/content", "/candidates/0/content/parts"] {
                if let Some(Value::Array(list)) = said.pointer_mut(list) {
                    list.push(odd.clone());
                }
            }
            let (reply, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(said)).await;
            let reply = reply.unwrap();
            assert_eq!((reply.text.as_str(), reply.finish), ("Text", Finish::Complete), "{model}: {odd}");
        }
    }
}

#[tokio::test]
async fn an_empty_refusal_and_a_text_in_parts_are_an_answer() {
    let message = json!({"content": [{"type": "text", "text": "A "}, {"type": "text", "text": "text"}], "refusal": ""});
    let said = json!({"choices": [{"message": message}]});
    let (reply, _) = asked(&ask("custom/m"), ResponseTemplate::new(200).set_body_json(said)).await;
    assert_eq!(reply.unwrap().text, "A text");
    let alone = json!({"choices": [{"message": {"content": {"type": "text", "text": "A text"}}}]});
    let (reply, _) = asked(&ask("custom/m"), ResponseTemplate::new(200).set_body_json(alone)).await;
    assert_eq!(reply.unwrap().text, "A text");
}

#[tokio::test]
async fn a_part_that_was_thought_is_no_text_whatever_its_fields_are_called() {
    for thought in [
        json!({"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}),
        json!({"type": "thinking", "text": "Hm."}),
        json!({"type": "reasoning", "text": "Hm."}),
        json!({"type": "redacted_thinking", "data": "aG0="}),
    ] {
        let message = json!({"content": [thought, {"type": "text", "text": "A text"}]});
        let said = json!({"choices": [{"message": message, "finish_reason": "eos"}]});
        let (reply, _) = asked(&ask("custom/m"), ResponseTemplate::new(200).set_body_json(said)).await;
        let reply = reply.unwrap();
        assert_eq!((reply.text.as_str(), reply.finish), ("A text", Finish::Complete), "{thought}");
    }
}

#[tokio::test]
async fn an_answer_that_ends_with_an_unknown_word_never_counts_as_whole() {
    for (model, _) in ALL {
        for (word, finish) in [("whatever", Finish::Truncated), ("pause_turn", Finish::Truncated)] {
            let said = answer(model, "Text", word);
            let (reply, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(said)).await;
            assert_eq!(reply.unwrap().finish, finish, "{model} {word}");
        }
        for word in ["error", "abort"] {
            let said = answer(model, "Text that br", word);
            let (reply, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(said)).await;
            assert!(
                matches!(reply, Err(ProviderError::Unavailable { spent: Spent::Known { .. }, .. })),
                "{model}: {reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_status_that_comes_with_a_report_is_booked_by_the_report() {
    let tokens = Tokens { input: 120, output: 900 };
    for (model, _) in ALL {
        let (report, _) = report_in(model);
        let usage = answer(model, "", "stop")[report].clone();
        for status in [400, 403, 429, 500, 503, 504] {
            for body in
                [json!({report: usage, "error": {"message": "m"}}), json!({"error": {"code": 1, report: usage}})]
            {
                let (result, _) = asked(&ask(model), ResponseTemplate::new(status).set_body_json(&body)).await;
                let spent = result.unwrap_err().spent();
                assert_eq!(spent, Spent::Known { tokens, cost: MicroUsd::ZERO }, "{model} {status}: {body}");
            }
        }
        let odd = json!({report: {"prompt_tokens": -1}});
        for (status, body) in [(429, odd.clone()), (504, odd), (429, json!("no")), (504, json!("no"))] {
            let (result, _) = asked(&ask(model), ResponseTemplate::new(status).set_body_json(&body)).await;
            assert_eq!(result.unwrap_err().spent(), wire::usually_spent(status), "{model} {status}: {body}");
        }
    }
}

#[tokio::test]
async fn a_count_with_a_point_and_one_beyond_measure_are_what_they_say() {
    for (model, _) in ALL {
        let (report, [input, output]) = report_in(model);
        let mut said = answer(model, "Text", ends(model)[0]);
        for beside in ["cache_read_input_tokens", "cacheReadInputTokens", "thoughtsTokenCount"] {
            said[report].as_object_mut().unwrap().remove(beside);
        }
        said[report][input] = json!(12.0);
        said[report][output] = json!(u64::MAX);
        let (reply, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(said)).await;
        assert_eq!(reply.unwrap().tokens, Some(Tokens { input: 12, output: u64::MAX }), "{model}");
    }
}

#[tokio::test]
async fn a_count_of_0_that_is_left_out_is_known_from_the_sum() {
    let thought = json!({"promptTokenCount": 9, "thoughtsTokenCount": 30, "totalTokenCount": 39});
    let said = json!({"candidates": [{"finishReason": "MAX_TOKENS"}], "usageMetadata": thought});
    let (reply, _) = asked(&ask("google/m"), ResponseTemplate::new(200).set_body_json(said)).await;
    assert_eq!(reply.unwrap().tokens, Some(Tokens { input: 9, output: 30 }));
}

#[tokio::test]
async fn other_ways_to_withhold_an_answer_are_known() {
    let refusal = json!({"choices": [{"message": {"content": null, "refusal": "I cannot."}, "finish_reason": "stop"}]});
    let blocked = json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}});
    for (model, said) in [("openai/gpt-5", refusal), ("google/gemini-2.5-flash", blocked)] {
        let (result, _) = asked(&ask(model), ResponseTemplate::new(200).set_body_json(said)).await;
        assert!(matches!(result, Err(ProviderError::Refused { .. })), "{result:?}");
    }
}

#[tokio::test]
async fn each_protocol_is_asked_in_its_own_words() {
    let told = async |question: Ask| {
        let said = answer(&question.model.to_string(), "{}", "stop");
        let (_, request) = asked(&question, ResponseTemplate::new(200).set_body_json(said)).await;
        (body(&request), request)
    };
    let messages = json!([{"role": "system", "content": "Rules"}, {"role": "user", "content": "Data"}]);
    let (plain, request) = told(ask("custom/llama3.1")).await;
    assert_eq!(plain, json!({"model": "llama3.1", "max_tokens": 700, "messages": messages}));
    assert!(!request.headers.contains_key("authorization"), "Ollama needs no key");
    let (shape, request) = told(shaped("openai/gpt-5")).await;
    assert_eq!(shape["max_completion_tokens"], 700);
    assert_eq!(shape["response_format"]["json_schema"]["name"], "assessment");
    assert_eq!((&shape["reasoning_effort"], &shape["temperature"]), (&json!("low"), &json!(0.0)));
    assert_eq!(request.headers["authorization"], "Bearer key-1");
    let (_, request) = told(ask("huggingface/openai/gpt-oss-120b")).await;
    assert_eq!(request.headers["authorization"], "Bearer key-4");

    let (shape, request) = told(shaped("anthropic/claude-haiku-4-5")).await;
    assert_eq!((&shape["system"], &shape["max_tokens"]), (&json!("Rules"), &json!(700)));
    assert_eq!(shape["tool_choice"], json!({"type": "tool", "name": "assessment"}));
    assert_eq!(shape["tools"][0]["input_schema"], json!({"type": "object"}));
    assert_eq!(
        (&request.headers["x-api-key"], &request.headers["anthropic-version"]),
        (&"key-2".parse().unwrap(), &"2023-06-01".parse().unwrap())
    );

    let (shape, request) = told(shaped("google/gemini-2.5-flash")).await;
    assert_eq!(shape["systemInstruction"]["parts"][0]["text"], "Rules");
    let generation = &shape["generationConfig"];
    assert_eq!(
        (&generation["maxOutputTokens"], &generation["responseMimeType"]),
        (&json!(700), &json!("application/json"))
    );
    assert_eq!(generation["thinkingConfig"]["thinkingBudget"], 2048);
    assert_eq!(request.headers["x-goog-api-key"], "key-3");
    assert!(request.url.query().is_none(), "no key in an address");

    let (shape, request) = told(shaped("bedrock/amazon.nova-lite-v1:0")).await;
    assert_eq!(shape["inferenceConfig"], json!({"maxTokens": 700, "temperature": 0.0}));
    assert_eq!(
        (&shape["system"][0]["text"], &shape["messages"][0]["content"][0]["text"]),
        (&json!("Rules"), &json!("Data"))
    );
    assert_eq!(shape["toolConfig"]["toolChoice"], json!({"tool": {"name": "assessment"}}));
    assert_eq!(shape["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"], json!({"json": {"type": "object"}}));
    let signature = request.headers["authorization"].to_str().unwrap();
    assert!(
        signature.starts_with("AWS4-HMAC-SHA256 Credential=x/")
            && signature.contains("/eu-central-1/bedrock/aws4_request"),
        "{signature}"
    );
    for header in ["content-type", "host", "x-amz-date", "x-amz-security-token"] {
        assert!(signature.contains(header) && request.headers.contains_key(header), "{header}: {signature}");
    }
}

#[tokio::test]
async fn a_tools_input_is_the_answer_in_its_shape() {
    let said = json!({
        "content": [{"type": "text", "text": "Here:"}, {"type": "tool_use", "id": "t", "name": "assessment", "input": {"clarity": 70}}],
        "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 2},
    });
    let (reply, _) = asked(&shaped("anthropic/m"), ResponseTemplate::new(200).set_body_json(said)).await;
    assert_eq!(reply.unwrap().text, "{\"clarity\":70}");
    let tool = json!({"toolUse": {"toolUseId": "t", "name": "assessment", "input": {"clarity": 70}}});
    let said = json!({
        "output": {"message": {"content": [{"text": "Here:"}, tool]}}, "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 2},
    });
    let (reply, _) = asked(&shaped("bedrock/m"), ResponseTemplate::new(200).set_body_json(said)).await;
    assert_eq!(reply.unwrap().text, "{\"clarity\":70}");
}

#[tokio::test]
async fn only_who_has_a_key_or_needs_none_is_there_and_is_looked_at_once() {
    let server = MockServer::start().await;
    let list = json!({"data": [{"id": "llama3.1:latest"}]});
    let listed = Mock::given(method("GET")).and(path("/v1/models"));
    listed.respond_with(ResponseTemplate::new(200).set_body_json(list)).expect(1).mount(&server).await;
    let providers = providers(&server.uri(), "a generated placeholder");
    for _ in 0..2 {
        let [bedrock, found] = providers.survey().await.try_into().unwrap();
        assert_eq!((bedrock.provider.as_str(), found.provider.as_str()), ("bedrock", "custom"));
        assert_eq!(found.state, Available::Yes { models: Some(vec!["llama3.1:latest".to_owned()]) });
    }
}

#[tokio::test]
async fn a_survey_says_who_is_not_there_and_why() {
    let server = MockServer::start().await;
    let gemini = json!({"models": [{"name": "models/gemini-2.5-flash", "displayName": "Flash"}]});
    for (at, response) in [
        ("/v1/models", ResponseTemplate::new(401)),
        ("/v1beta/models", ResponseTemplate::new(200).set_body_json(gemini)),
    ] {
        Mock::given(method("GET")).and(path(at)).respond_with(response).mount(&server).await;
    }
    let found = providers(&server.uri(), KEYS).survey().await;
    let of = |name: &str| found.iter().find(|one| one.provider.as_str() == name).unwrap().state.clone();
    assert_eq!(found.len(), 6);
    assert_eq!(of("openai"), Available::No { reason: "it refuses the key".to_owned() });
    assert_eq!(of("google"), Available::Yes { models: Some(vec!["gemini-2.5-flash".to_owned()]) });
    let gone = providers("http://127.0.0.1:1", KEYS).survey().await;
    assert!(
        gone.iter()
            .filter(|one| one.provider.as_str() != "bedrock")
            .all(|one| one.state == Available::No { reason: "it cannot be reached".to_owned() })
    );
}

#[test]
fn patience_is_told_in_seconds_or_as_a_date() {
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    assert_eq!(retry_after(" 30 ", now), Some(Duration::from_secs(30)));
    assert_eq!(retry_after("Fri, 20 Nov 2026 12:01:00 GMT", now), Some(Duration::from_mins(1)));
    assert_eq!(retry_after("Fri, 20 Nov 2026 11:00:00 GMT", now), None);
    for none in ["soon", "", "-1", "+3", "inf", "NaN", "1e3", "1.2.3", ".5"] {
        assert_eq!(retry_after(none, now), None, "{none}");
    }
}

#[test]
fn patience_with_a_fraction_is_waited_for_whole() {
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(retry_after("2.5", now), Some(Duration::from_millis(2500)));
    assert_eq!(retry_after("0.125", now), Some(Duration::from_millis(125)));
    assert!(retry_after("18446744073709551616000", now).unwrap() > Duration::from_hours(24 * 365));
    let told = |pairs: &[(&'static str, &'static str)]| {
        let pairs = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        wire::patience(&pairs.collect())
    };
    assert_eq!(told(&[("retry-after-ms", "2500")]), Some(Duration::from_millis(2500)));
    assert_eq!(told(&[("retry-after-ms", "2500"), ("retry-after", "3")]), Some(Duration::from_millis(2500)));
    assert_eq!(told(&[("retry-after-ms", "soon"), ("retry-after", "3")]), Some(Duration::from_secs(3)));
    assert_eq!(told(&[]), None);
}
