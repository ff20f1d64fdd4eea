//! Terminal output: colours where they are wanted, progress where somebody watches.

use std::io::{ErrorKind, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Colours of one stream. Off when the stream is no terminal or `NO_COLOR` is set.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    on: bool,
}

impl Style {
    /// For standard output.
    pub fn stdout() -> Self {
        Self { on: std::io::stdout().is_terminal() && allowed() }
    }

    /// For standard error.
    pub fn stderr() -> Self {
        Self { on: std::io::stderr().is_terminal() && allowed() }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Bold.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Faint.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Red.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// Green.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Yellow.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Cyan.
    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }
}

/// A text from elsewhere without what could paint over other text: control characters but line breaks, and those that turn
/// the direction of writing.
pub fn plain(text: &str) -> String {
    let harmless =
        |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    text.chars().map(|c| if harmless(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
}

fn allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Prints a line on standard output. When its reader has gone away (`| head`) the program ends quietly, as others do.
pub fn say(line: &str) {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(BROKEN_PIPE),
        // A full disk must not pass for success.
        Err(error) => {
            eprintln!("error: cannot write the output: {error}");
            std::process::exit(1)
        }
        Ok(()) => {}
    }
}

/// What shells report for a program that its reader left: 128 and the number of SIGPIPE.
const BROKEN_PIPE: i32 = 141;

/// A progress bar on standard error, hidden unless that is a terminal.
pub fn progress(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(what);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = "{msg} [{bar:40}] {pos}/{len}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// What is being done, on standard error while it is done and only if that is a terminal.
#[cfg(feature = "prove")]
pub fn spinner(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    if std::io::stderr().is_terminal() {
        spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    } else {
        spinner.set_draw_target(ProgressDrawTarget::hidden());
    }
    spinner
}

/// A number with thousands separated.
pub fn grouped(n: u128) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Whole tokens of an amount with 18 decimals.
pub fn whole(amount: u128) -> u128 {
    amount / 1_000_000_000_000_000_000
}

/// A Q16.16 number with three decimals.
pub fn q16(value: i32) -> String {
    let thousandths = i64::from(value) * 1_000 / 65_536;
    let sign = if thousandths < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", thousandths.abs() / 1_000, thousandths.abs() % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(q16(-32_768), "-0.500");
        assert_eq!(q16(66_000), "1.007");
    }
}
