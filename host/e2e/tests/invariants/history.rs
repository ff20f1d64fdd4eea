//! Histories: made from a seed, played on a stage that is put back afterwards, shrunk when they break something.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
};

use alloy_primitives::B256;
use escapement_chain::Chain;

use crate::{
    book::{Book, Broken, Held},
    ending,
    moves::{MOVES, choose},
    rng::Rng,
    run::Run,
    stage::Stage,
};

/// Replays spent on making a failing history shorter.
const REPLAYS: usize = 600;

/// A seed, how many moves it makes, and which of them are left when it was shrunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    pub seed: u64,
    pub depth: u64,
    pub kept: Option<Vec<usize>>,
}

impl History {
    /// The whole history of a seed.
    pub fn of(seed: u64, depth: u64) -> Self {
        Self { seed, depth, kept: None }
    }

    /// Its moves: place in the history, which move, and the seed of its choices.
    fn moves(&self) -> Vec<(usize, usize, u64)> {
        let mut rng = Rng::new(self.seed);
        let all = (0..self.depth).map(|_| (choose(rng.next()), rng.next()));
        let all = all.enumerate().map(|(place, (index, seed))| (place, index, seed));
        all.filter(|(place, ..)| self.kept.as_ref().is_none_or(|kept| kept.contains(place))).collect()
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.seed, self.depth)?;
        let Some(kept) = &self.kept else { return Ok(()) };
        let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
        write!(f, " {}", kept.join(","))
    }
}

impl FromStr for History {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let mut number = |what| {
            let word = words.next().ok_or_else(|| format!("no {what}"))?;
            word.parse::<u64>().map_err(|error| format!("{what} {word}: {error}"))
        };
        let (seed, depth) = (number("seed")?, number("depth")?);
        let kept = words.next().map(|list| list.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>());
        Ok(Self { seed, depth, kept: kept.transpose().map_err(|error| error.to_string())? })
    }
}

/// How often each move went through and was refused, and how often the model moved a value of each group.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    moves: Vec<(u64, u64)>,
    pub groups: [u64; 7],
}

impl Coverage {
    fn note(&mut self, index: usize, done: bool) {
        self.moves.resize(MOVES.len(), (0, 0));
        let (through, refused) = &mut self.moves[index];
        *(if done { through } else { refused }) += 1;
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.moves.resize(MOVES.len(), (0, 0));
        for (mine, theirs) in self.moves.iter_mut().zip(&other.moves) {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
        for (mine, theirs) in self.groups.iter_mut().zip(other.groups) {
            *mine += theirs;
        }
    }

    /// Counts in the order of the moves.
    pub fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        self.moves.iter().copied()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<36} {:>8} {:>8}", "move", "done", "refused")?;
        for (one, (done, refused)) in MOVES.iter().zip(self.counts()) {
            writeln!(f, "{:<36} {done:>8} {refused:>8}", one.name)?;
        }
        write!(f, "values moved by the model, by group: {:?}", self.groups)
    }
}

/// Where a history broke what.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Number of moves played before, of those that are left.
    played: usize,
    words: String,
}

impl Failure {
    /// What it is about: its first three words, the invariant's id among them.
    fn about(&self) -> Vec<&str> {
        self.words.split_whitespace().take(3).collect()
    }
}

/// A stage with its book, on which one history after the other is played.
pub struct Theatre {
    stage: Stage,
    book: Book,
}

impl Theatre {
    /// Sets the stage and reads its whole log into a book: the log alone gives the ledger.
    ///
    /// # Panics
    /// When the stage cannot be set or its log does not add up.
    pub fn new() -> Self {
        let stage = Stage::new();
        let mut book = Book::new();
        let chain: &Chain = &stage.world.net.chain;
        for number in 0..=chain.block_number() {
            let block = chain.block(number.into()).expect("every block is kept");
            for tx in &block.transactions {
                let entered = book.enter(&stage, block.timestamp(), &tx.logs, true);
                entered.unwrap_or_else(|broken| panic!("setting the stage: {}", broken.0));
            }
        }
        Self { stage, book }
    }

    /// Plays a history to its end and puts the stage back. Returns the hash of the last block.
    pub fn play(&self, history: &History, coverage: &mut Coverage) -> Result<B256, Failure> {
        let chain = &self.stage.world.net.chain;
        let start = chain.snapshot();
        let mut played = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| self.perform(history, coverage, &mut played)));
        let hash = chain.head().hash;
        assert!(chain.revert(start), "the stage can be put back");
        match outcome {
            Ok(Ok(())) => Ok(hash),
            Ok(Err(Broken(words))) => Err(Failure { played, words }),
            Err(panic) => Err(Failure { played, words: format!("panic {}", message(&*panic)) }),
        }
    }

    fn perform(&self, history: &History, coverage: &mut Coverage, played: &mut usize) -> Held {
        let mut run = Run::new(&self.stage, &self.book);
        for (place, index, seed) in history.moves() {
            let done = (MOVES[index].make)(&mut run, &mut Rng::new(seed))?;
            coverage.note(index, done);
            run.steps = place + 1;
            run.check()?;
            *played += 1;
        }
        for (all, moved) in coverage.groups.iter_mut().zip(run.book.law.moved) {
            *all += moved;
        }
        run.check_at_the_end()?;
        ending::leave(&mut run, &mut Rng::new(history.seed ^ u64::MAX))
    }

    /// Leaves out of a failing history what it does not need, as far as [`REPLAYS`] go, and says what is left.
    pub fn shrink(&self, history: &History, failure: &Failure) -> String {
        let all: Vec<usize> = history.moves().iter().map(|(place, ..)| *place).collect();
        let mut kept: Vec<usize> = all.into_iter().take(failure.played + 1).collect();
        let mut last = failure.clone();
        let mut replays = 0;
        let fails = |kept: &[usize]| {
            let shorter = History { kept: Some(kept.to_vec()), ..history.clone() };
            let outcome = self.play(&shorter, &mut Coverage::default());
            outcome.err().filter(|other| other.about() == failure.about())
        };
        let mut chunk = kept.len().div_ceil(2);
        while chunk > 0 && replays < REPLAYS {
            let mut from = 0;
            while from < kept.len() && replays < REPLAYS {
                let shorter = [&kept[..from], &kept[(from + chunk).min(kept.len())..]].concat();
                replays += 1;
                if let Some(failure) = fails(&shorter) {
                    (kept, last) = (shorter, failure);
                } else {
                    from += chunk;
                }
            }
            chunk /= 2;
        }
        let shortest = History { kept: Some(kept), ..history.clone() };
        let moves: Vec<&str> = shortest.moves().iter().map(|(_, index, _)| MOVES[*index].name).collect();
        format!(
            "seed {} broke: {}\nshortest found ({} moves): {}\nit says: {}\nfor regressions.txt: {shortest}",
            history.seed,
            failure.words,
            moves.len(),
            moves.join(", "),
            last.words,
        )
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without words".to_owned())
}
