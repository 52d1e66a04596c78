//! What the programs of `make` say to whoever asks how they are used.

/// Whether somebody asked, and was told: then there is nothing else to do.
#[expect(clippy::print_stdout, reason = "help is what was asked for")]
pub fn told(usage: &str) -> bool {
    let asked = std::env::args().skip(1).any(|argument| matches!(argument.as_str(), "--help" | "-h" | "help"));
    if asked {
        println!("{usage}");
    }
    asked
}
