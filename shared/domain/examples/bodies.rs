//! What bodies of 256 KiB in the shapes that parsers dislike cost: CPU time and memory for each, in a process of its own.
//! `make bench-bodies`. Fails where one costs more than a request may.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a broken bench is a failed bench")]

use std::process::{Command, ExitCode};

use galley_domain::{
    content::{
        blockers::Finish,
        clean::{self, TooMuch},
        markdown,
        quality::Score,
    },
    task::{
        request::TaskRequest,
        revision::{Author, Manuscript, Revision, Work},
    },
};
use galley_testkit::bodies::{DISLIKED, Disliked, Sent};
use jiff::Timestamp;

/// The edge refuses longer bodies. Shorter ones are tried too: what is just short enough to be taken goes all the way.
const BYTES: [usize; 6] = [16 * 1024, 32 * 1024, 64 * 1024, 128 * 1024, 190 * 1024, 256 * 1024];
const MOST_CPU_MS: f64 = 300.0;
const MOST_KIB: u64 = 64 * 1024;

fn main() -> ExitCode {
    if let Some(nth) = std::env::args().nth(1).and_then(|nth| nth.parse::<usize>().ok()) {
        return one(&DISLIKED[nth]);
    }
    let mut worst = (0.0_f64, 0_u64);
    println!("{:<46} {:>9} {:>8} {:>8}  outcome", "body, at its worst length", "bytes", "cpu ms", "KiB");
    for nth in 0..DISLIKED.len() {
        let child = Command::new(std::env::current_exe().unwrap()).arg(nth.to_string()).output().unwrap();
        let line = String::from_utf8(child.stdout).unwrap();
        print!("{line}");
        let words: Vec<&str> = line.split('\t').collect();
        worst = (worst.0.max(words[2].trim().parse().unwrap()), worst.1.max(words[3].trim().parse().unwrap()));
    }
    println!("worst: {:.0} ms of {MOST_CPU_MS}, {} KiB of {MOST_KIB}", worst.0, worst.1);
    if worst.0 > MOST_CPU_MS || worst.1 > MOST_KIB { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// One shape at each length; the memory is that of all of them, of which the largest takes the most.
fn one(disliked: &Disliked) -> ExitCode {
    let before = peak_kib();
    let mut worst = (0.0_f64, 0, String::new());
    for bytes in BYTES {
        let mut body = disliked.of(bytes);
        body.truncate(body.floor_char_boundary(BYTES[BYTES.len() - 1]));
        let begun = cpu_ms();
        let outcome = match kept(disliked.sent, &body) {
            Ok(revision) => format!("taken, {} bytes", revision.html.len()),
            Err(error) => error,
        };
        let took = cpu_ms() - begun;
        if took >= worst.0 {
            worst = (took, body.len(), outcome);
        }
    }
    let memory = peak_kib() - before;
    let name = format!("{} ({:?})", disliked.name, disliked.sent);
    println!("{name:<46}\t{:>8}\t{:>8.1}\t{memory:>8}\t{}", worst.1, worst.0, worst.2);
    ExitCode::SUCCESS
}

/// All that an edit does with a body.
fn kept(sent: Sent, body: &str) -> Result<Revision, String> {
    let request: TaskRequest = serde_json::from_value(serde_json::json!({"topic": "What bodies cost"})).unwrap();
    let told = |bound: TooMuch| format!("refused: {bound}");
    let (html, excerpt) = match sent {
        Sent::Html => (clean::clean(body).map_err(told)?, None),
        Sent::Markdown => (markdown::to_html(body).map_err(told)?, None),
        Sent::Excerpt => (clean::clean("<p>Text.</p>").map_err(told)?, Some(body.to_owned())),
    };
    let manuscript = Manuscript {
        title: "What bodies cost".to_owned(),
        html,
        excerpt,
        seo: None,
        featured_image: None,
        finish: Finish::Complete,
        author: Author::Outline,
        work: Work::default(),
    };
    let revision = Revision::assessed(1, manuscript, &request, Score::clamped(70), Timestamp::UNIX_EPOCH);
    let revision = revision.map_err(|error| format!("refused: {error}"))?;
    // Publishing reads it again.
    clean::recheck(&revision.html).map_err(|stale| format!("not settled: {stale:?}"))?;
    Ok(revision)
}

/// On a CPU so far.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
