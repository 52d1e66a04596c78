//! The ledger of model calls. A call is written down before it is made, at the most that it can cost, and settled by
//! what the provider reports. A call that is never settled keeps its reserved cost: the money may be spent.
//! Invariant: a task's cost is the sum over its calls, of the settled cost where there is one, of the reserved one else.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    kernel::{ids::TenantId, mask::Masked, usd::MicroUsd},
    models::{
        phase::Phase,
        price::{Spent, Tokens},
    },
};

/// What a call is, before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub provider: String,
    pub model: String,
    pub prompt_version: String,
    pub prompt_sha256: String,
    /// The most that it can cost.
    pub reserved: MicroUsd,
    /// The most that it can use, where no money bounds it; 0 where one does.
    #[serde(default)]
    pub reserved_tokens: u64,
}

/// One call of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCall {
    /// Sent to the provider too, so that both books can be compared call by call.
    pub id: Uuid,
    /// Who pays.
    pub tenant: TenantId,
    pub phase: Phase,
    #[serde(flatten)]
    pub quote: Quote,
    pub round: u32,
    pub attempt: u32,
    pub at: Timestamp,
    /// The reserved cost until it is settled.
    pub cost: MicroUsd,
    pub outcome: CallOutcome,
    /// Where an operator knew better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Corrected>,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CallOutcome {
    /// Not settled: under way, or its worker is gone.
    Intent,
    /// Answered, and the answer can be used.
    Answered { tokens: Tokens, response_sha256: String, latency_ms: u64 },
    /// Failed or refused.
    Failed { reason: Masked, tokens: Tokens, latency_ms: u64 },
    /// Sent, but what it cost nobody said.
    Unknown { reason: Masked, latency_ms: u64 },
}

/// The end of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    pub call: Uuid,
    /// Whose it is, what for, with whom, and when it was begun: under these its reserved cost was counted.
    pub tenant: TenantId,
    pub phase: Phase,
    pub provider: String,
    pub model: String,
    pub at: Timestamp,
    pub reserved: MicroUsd,
    pub reserved_tokens: u64,
    pub cost: MicroUsd,
    /// What counts of the day's tokens in place of what was reserved of them.
    pub used_tokens: u64,
    pub outcome: CallOutcome,
}

impl ModelCall {
    /// `tokens` as they were reported; `None` counts at what was reserved.
    pub fn answered(
        &self,
        tokens: Option<Tokens>,
        cost: MicroUsd,
        response_sha256: String,
        latency: Duration,
    ) -> Settlement {
        let latency_ms = milliseconds(latency);
        let outcome = CallOutcome::Answered { tokens: tokens.unwrap_or_default(), response_sha256, latency_ms };
        self.settled(cost, tokens, outcome)
    }

    pub fn failed(&self, spent: Spent, reason: &str, latency: Duration) -> Settlement {
        let reason = Masked::of(reason);
        let latency_ms = milliseconds(latency);
        match spent {
            Spent::Nothing => {
                let tokens = Tokens::default();
                self.settled(MicroUsd::ZERO, Some(tokens), CallOutcome::Failed { reason, tokens, latency_ms })
            }
            Spent::Known { tokens, cost } => {
                self.settled(cost, Some(tokens), CallOutcome::Failed { reason, tokens, latency_ms })
            }
            Spent::Unknown => self.settled(self.quote.reserved, None, CallOutcome::Unknown { reason, latency_ms }),
        }
    }

    /// Whether nobody has said yet how it ended.
    pub fn is_open(&self) -> bool {
        self.outcome == CallOutcome::Intent
    }

    /// What of its cost is a reserve, for want of anybody who said what it came to: the provider or an operator.
    pub fn reserved(&self) -> MicroUsd {
        match &self.outcome {
            CallOutcome::Intent => self.cost,
            CallOutcome::Unknown { .. } if self.corrected.is_none() => self.cost,
            CallOutcome::Answered { .. } | CallOutcome::Failed { .. } | CallOutcome::Unknown { .. } => MicroUsd::ZERO,
        }
    }

    /// What counts of the day's tokens: nothing where money bounds the call, what was reserved where nobody reported.
    pub fn counted_tokens(&self) -> u64 {
        let reserved = self.quote.reserved_tokens;
        if reserved == 0 {
            return 0;
        }
        let corrected = self.corrected.as_ref().and_then(|corrected| corrected.tokens);
        corrected.unwrap_or_else(|| match &self.outcome {
            // Whatever is answered has a report of more than nothing, or none.
            CallOutcome::Answered { tokens, .. } if *tokens != Tokens::default() => tokens.total(),
            CallOutcome::Failed { tokens, .. } => tokens.total(),
            CallOutcome::Intent | CallOutcome::Answered { .. } | CallOutcome::Unknown { .. } => reserved,
        })
    }

    fn settled(&self, cost: MicroUsd, used: Option<Tokens>, outcome: CallOutcome) -> Settlement {
        let reserved_tokens = self.quote.reserved_tokens;
        let counted = used.filter(|_| reserved_tokens > 0);
        Settlement {
            reserved_tokens,
            used_tokens: counted.map_or(reserved_tokens, Tokens::total),
            call: self.id,
            tenant: self.tenant.clone(),
            phase: self.phase,
            provider: self.quote.provider.clone(),
            model: self.quote.model.clone(),
            at: self.at,
            reserved: self.quote.reserved,
            cost,
            outcome,
        }
    }
}

impl Quote {
    /// Under which costs are counted: `provider/model`.
    pub fn model_id(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}

impl Settlement {
    /// As `Quote::model_id`.
    pub fn model_id(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }

    /// What is still to be added to the task's cost, in micro-dollars; mostly negative.
    pub fn difference(&self) -> i64 {
        signed(self.cost.micros()) - signed(self.reserved.micros())
    }

    /// What is still to be added to the day's tokens; mostly negative.
    pub fn tokens_difference(&self) -> i64 {
        signed(self.used_tokens) - signed(self.reserved_tokens)
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn milliseconds(latency: Duration) -> u64 {
    u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)
}

/// What a call's entry says of its last correction; the audit has all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CorrectedCost))]
pub struct Corrected {
    pub was_usd: MicroUsd,
    /// What counts of the day's tokens from then on, where that was corrected too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    pub reason: Masked,
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> ModelCall {
        ModelCall {
            id: Uuid::nil(),
            tenant: TenantId::new("acme").unwrap(),
            phase: Phase::Draft,
            quote: Quote {
                provider: "p".into(),
                model: "m".into(),
                prompt_version: "draft/1".into(),
                prompt_sha256: "0".into(),
                reserved: MicroUsd::from_micros(500),
                reserved_tokens: 0,
            },
            round: 1,
            attempt: 1,
            at: Timestamp::UNIX_EPOCH,
            cost: MicroUsd::from_micros(500),
            outcome: CallOutcome::Intent,
            corrected: None,
        }
    }

    #[test]
    fn what_nobody_reported_stays_at_its_reserved_cost() {
        let unknown = call().failed(Spent::Unknown, "timed out", Duration::ZERO);
        assert_eq!((unknown.difference(), unknown.cost.micros()), (0, 500));
        assert_eq!(call().failed(Spent::Nothing, "refused", Duration::ZERO).difference(), -500);
    }

    #[test]
    fn what_nobody_said_the_cost_of_is_a_reserve_until_an_operator_says_it() {
        let ended = |settlement: Settlement| ModelCall { cost: settlement.cost, outcome: settlement.outcome, ..call() };
        let tokens = Some(Tokens { input: 1, output: 1 });
        let answered = ended(call().answered(tokens, MicroUsd::from_micros(120), String::new(), Duration::ZERO));
        let unknown = ended(call().failed(Spent::Unknown, "timed out", Duration::ZERO));
        let refused = ended(call().failed(Spent::Nothing, "refused", Duration::ZERO));
        let reserved = [call(), unknown.clone(), refused, answered].map(|call| call.reserved().micros());
        assert_eq!(reserved, [500, 500, 0, 0]);
        let (was_usd, reason, at) = (unknown.cost, Masked::of("the bill"), Timestamp::UNIX_EPOCH);
        let corrected = Some(Corrected { was_usd, tokens: None, reason, at });
        assert_eq!(ModelCall { corrected, ..unknown }.reserved(), MicroUsd::ZERO);
        assert!(call().is_open());
    }

    #[test]
    fn tokens_count_as_reported_and_at_the_reserve_where_nobody_says() {
        let free = ModelCall { quote: Quote { reserved_tokens: 900, ..call().quote }, ..call() };
        let tokens = Tokens { input: 100, output: 50 };
        let answered = |tokens| free.answered(tokens, MicroUsd::ZERO, String::new(), Duration::ZERO);
        let failed = |spent| free.failed(spent, "no", Duration::ZERO).tokens_difference();
        assert_eq!((answered(Some(tokens)).tokens_difference(), answered(None).tokens_difference()), (-750, 0));
        assert_eq!((failed(Spent::Nothing), failed(Spent::Unknown)), (-900, 0));
        assert_eq!(failed(Spent::Known { tokens, cost: MicroUsd::ZERO }), -750);
        let paid = call().answered(Some(tokens), MicroUsd::ZERO, String::new(), Duration::ZERO);
        assert_eq!(paid.tokens_difference(), 0, "money bounds it");
    }

    #[test]
    fn a_settled_call_counts_what_was_reported_and_what_was_reserved_where_nobody_reported() {
        let free = ModelCall { quote: Quote { reserved_tokens: 900, ..call().quote }, ..call() };
        let tokens = Tokens { input: 100, output: 50 };
        let counted =
            |settlement: Settlement| ModelCall { outcome: settlement.outcome, ..free.clone() }.counted_tokens();
        let failed = |spent| counted(free.failed(spent, "no", Duration::ZERO));
        let answered = |used| counted(free.answered(used, MicroUsd::ZERO, String::new(), Duration::ZERO));
        assert_eq!((failed(Spent::Known { tokens, cost: MicroUsd::ZERO }), failed(Spent::Unknown)), (150, 900));
        assert_eq!((answered(Some(tokens)), answered(None)), (150, 900));
        assert_eq!(call().counted_tokens(), 0, "money bounds it");
    }

    #[test]
    fn a_settlement_adds_the_difference_to_what_was_reserved() {
        let used =
            |micros| call().answered(None, MicroUsd::from_micros(micros), String::new(), Duration::ZERO).difference();
        assert_eq!((used(120), used(500), used(700)), (-380, 0, 200));
    }
}
