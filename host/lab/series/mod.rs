//! Recorded series: a CSV file with a header, one observation a line.
//!
//! | column | accepted headers (any case) | content |
//! |---|---|---|
//! | date | `date`, `time`, `observation_date` | `YYYY-MM-DD` (anything after the tenth character is ignored), strictly ascending |
//! | value | `close`, `value`, `priceusd` | positive decimal number, at most 10^9, six decimals kept |
//!
//! Other columns (`OPEN`, `HIGH`, `LOW`, …) are ignored. A file whose value column is `close` is read as a volatility
//! index ([`Kind::Volatility`]), any other as a demand level ([`Kind::Demand`]), unless the caller says otherwise.
//! Nothing is skipped: a missing or malformed value is an error that names its line. The series is exogenous: actors
//! and contracts respond to it, so a run over it is a *replay under recorded conditions*, not a backtest of a price.

#[cfg(test)]
mod tests;

use std::{fs::File, io::Read, path::Path};

/// What the values of a series stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Points of a volatility index: they set the regime and the size of demand shocks.
    Volatility,
    /// A level: demand is the value over the first value.
    Demand,
}

/// One observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Date, `YYYY-MM-DD`.
    pub date: String,
    /// Value in millionths.
    pub value: i64,
}

/// A recorded series with at least two observations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    kind: Kind,
    points: Vec<Point>,
}

/// Why a file is not a series.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// The file cannot be read.
    #[error("cannot read the series: {0}")]
    Io(#[from] std::io::Error),
    /// The text is not CSV.
    #[error("the series is not CSV: {0}")]
    Csv(#[from] csv::Error),
    /// The header lacks a column.
    #[error("the header has no {what} column (one of {accepted}); it has: {found}")]
    MissingColumn {
        /// Which column.
        what: &'static str,
        /// Headers that would do.
        accepted: String,
        /// Headers found.
        found: String,
    },
    /// A date is not `YYYY-MM-DD`.
    #[error("line {line}: `{text}` is not a date of the form YYYY-MM-DD")]
    BadDate {
        /// Line in the file, from 1.
        line: u64,
        /// What stands there.
        text: String,
    },
    /// The first date asked for is none.
    #[error("`{text}` is not a date of the form YYYY-MM-DD")]
    BadStart {
        /// What was asked for.
        text: String,
    },
    /// A date is not after the one before it.
    #[error("line {line}: {date} is not after {previous}")]
    NotAscending {
        /// Line in the file, from 1.
        line: u64,
        /// Date of the line.
        date: String,
        /// Date of the line before.
        previous: String,
    },
    /// A value is not a positive decimal number up to 10^9.
    #[error("line {line}: `{text}` is not a positive decimal number up to 1,000,000,000")]
    BadValue {
        /// Line in the file, from 1.
        line: u64,
        /// What stands there.
        text: String,
    },
    /// Fewer than two observations are left.
    #[error("{found} observations from {from}: a series needs at least two")]
    TooShort {
        /// Observations found.
        found: usize,
        /// First date asked for, or `the start`.
        from: String,
    },
}

const DATES: [&str; 3] = ["date", "time", "observation_date"];
const VALUES: [&str; 3] = ["close", "value", "priceusd"];

impl Series {
    /// Reads a file.
    ///
    /// # Errors
    /// A [`SeriesError`] that names the line.
    pub fn load(path: &Path, kind: Option<Kind>) -> Result<Self, SeriesError> {
        Self::parse(File::open(path)?, kind)
    }

    /// Reads CSV text.
    ///
    /// # Errors
    /// A [`SeriesError`] that names the line.
    pub fn parse(reader: impl Read, kind: Option<Kind>) -> Result<Self, SeriesError> {
        let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
        let headers = csv.headers()?.clone();
        let date_column = column(&headers, "date", &DATES)?;
        let value_column = column(&headers, "value", &VALUES)?;
        let inferred = match headers.get(value_column) {
            Some(name) if name.eq_ignore_ascii_case("close") => Kind::Volatility,
            _ => Kind::Demand,
        };
        let mut points: Vec<Point> = Vec::new();
        for record in csv.records() {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            let text = record.get(date_column).unwrap_or_default();
            let date = date(text).ok_or_else(|| SeriesError::BadDate { line, text: text.to_owned() })?;
            if let Some(last) = points.last().filter(|last| last.date >= date) {
                return Err(SeriesError::NotAscending { line, date, previous: last.date.clone() });
            }
            let text = record.get(value_column).unwrap_or_default();
            let value = millionths(text).ok_or_else(|| SeriesError::BadValue { line, text: text.to_owned() })?;
            points.push(Point { date, value });
        }
        Self { kind: kind.unwrap_or(inferred), points }.checked("the start")
    }

    /// Drops the observations before `date` (`YYYY-MM-DD`).
    ///
    /// # Errors
    /// [`SeriesError::BadStart`] or [`SeriesError::TooShort`].
    pub fn starting(mut self, from: &str) -> Result<Self, SeriesError> {
        let from = date(from).ok_or_else(|| SeriesError::BadStart { text: from.to_owned() })?;
        self.points.retain(|p| p.date >= from);
        self.checked(&from)
    }

    fn checked(self, from: &str) -> Result<Self, SeriesError> {
        if self.points.len() < 2 {
            return Err(SeriesError::TooShort { found: self.points.len(), from: from.to_owned() });
        }
        Ok(self)
    }

    /// What the values stand for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The observations, oldest first.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

fn column(headers: &csv::StringRecord, what: &'static str, names: &[&str]) -> Result<usize, SeriesError> {
    names.iter().find_map(|name| headers.iter().position(|h| h.eq_ignore_ascii_case(name))).ok_or_else(|| {
        SeriesError::MissingColumn {
            what,
            accepted: names.join(", "),
            found: headers.iter().collect::<Vec<_>>().join(", "),
        }
    })
}

/// Keeps the calendar date of an ISO 8601 text. Month lengths are checked, leap years too.
fn date(text: &str) -> Option<String> {
    let day = text.get(..10)?;
    let mut parts = day.split('-');
    let (y, m, d) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let length = match m {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (parts.next().is_none() && (1..=length).contains(&d)).then(|| day.to_owned())
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Reads a decimal number into millionths without floating point; further decimals are cut.
fn millionths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut micro = whole.parse::<i64>().ok().filter(|w| *w <= 1_000_000_000)?.checked_mul(1_000_000)?;
    let mut unit = 100_000;
    for digit in fraction.bytes().take(6) {
        micro += i64::from(digit - b'0') * unit;
        unit /= 10;
    }
    (micro > 0).then_some(micro)
}
