//! Bad nights to practise on: made-up providers that somebody takes down or lets hang by writing a word into a file, and a dead letter.
//! Only `galley-local practise` reads it; nothing of this is in a function.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use crate::{
    Stack,
    error::StackError,
    fake_providers::{FakeProviders, MODELS, Temper},
    folder,
};

/// The file, in the stack's folder.
pub const FILE: &str = "night";
const USUAL: Duration = Duration::from_millis(700);
/// What no release can read as a message.
const LETTER: &str = "{\"kind\":\"generate\",\"from\":\"a night to practise on\"}";

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Night {
    #[default]
    Calm,
    /// All providers answer 503.
    Down,
    /// All providers take calls and answer none.
    Hangs,
    /// A message that nobody can read comes to the queue of work, once.
    Letter,
}

impl FromStr for Night {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word.trim() {
            "" | "calm" => Ok(Self::Calm),
            "down" => Ok(Self::Down),
            "hangs" => Ok(Self::Hangs),
            "letter" => Ok(Self::Letter),
            other => Err(format!("{other} is no night: calm, down, hangs or letter")),
        }
    }
}

impl Night {
    /// How the providers behave.
    pub fn temper(self, temper: &mut Temper) {
        let all_if = |night: Self| {
            let names = MODELS.iter().map(|(provider, ..)| (*provider).to_owned());
            names.filter(|_| self == night).collect()
        };
        temper.down = all_if(Self::Down);
        temper.hang = all_if(Self::Hangs);
        temper.latency = USUAL;
    }
}

/// Follows the file for as long as the stack runs, and says what it has read.
///
/// # Errors
/// When the queue refuses the letter.
pub async fn follow(stack: &Stack, fake: &FakeProviders, tell: impl Fn(&dyn Display)) -> Result<(), StackError> {
    let file: PathBuf = stack.data().join(FILE);
    let mut known = None;
    loop {
        let word = read(&file);
        if known.as_ref() != Some(&word) {
            match word.parse::<Night>() {
                Ok(night) => {
                    fake.temper(|temper| night.temper(temper));
                    tell(&format_args!("The night: {night:?}"));
                    if night == Night::Letter {
                        stack.send_raw("WorkQueue", LETTER).await?;
                    }
                }
                Err(wrong) => tell(&wrong),
            }
            known = Some(word);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default().trim().to_owned()
}

/// Every practice begins calm, whatever the last one ended in.
///
/// # Errors
/// When the folder cannot be written.
pub fn begin(data: &Path) -> Result<(), StackError> {
    folder::make(data)?;
    folder::replace(&data.join(FILE), b"calm\n")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_night_changes_nothing_and_says_which_there_are() {
        assert_eq!("hang".parse::<Night>().unwrap_err(), "hang is no night: calm, down, hangs or letter");
        let nights = ["", "calm\n", " down ", "hangs", "letter"].map(|word| word.parse::<Night>().unwrap());
        assert_eq!(nights, [Night::Calm, Night::Calm, Night::Down, Night::Hangs, Night::Letter]);
    }

    #[test]
    fn a_calm_night_takes_back_what_another_has_done() {
        let mut temper = Temper::default();
        Night::Down.temper(&mut temper);
        assert_eq!(temper.down.len(), MODELS.len());
        Night::Hangs.temper(&mut temper);
        assert_eq!((temper.down.len(), temper.hang.len()), (0, MODELS.len()));
        Night::Calm.temper(&mut temper);
        assert!(temper.down.is_empty() && temper.hang.is_empty() && temper.latency == USUAL);
    }
}
